import Glibc
import MartletGateway
import NIOCore

extension FileRange {
    /// Opens the file, and checks that it contains this range.
    ///
    /// - Parameter makeRoom: called if descriptors have run out; returns whether one is free now.
    /// - Throws: ``FileProblem``.
    func open(makeRoom: () -> Bool) throws(FileProblem) -> OwnedDescriptor {
        let descriptor: OwnedDescriptor
        let name: String
        switch source {
        case .descriptor(let own):
            descriptor = own
            name = "descriptor \(own.number)"
        case .path(let path):
            var number = Self.open(path)
            if number < 0, errno == EMFILE || errno == ENFILE, makeRoom() { number = Self.open(path) }
            guard number >= 0 else { throw FileProblem(name: path, reason: String(cString: strerror(errno))) }
            descriptor = OwnedDescriptor(number)
            name = path
        }
        var status = stat()
        guard fstat(descriptor.number, &status) == 0 else {
            throw FileProblem(name: name, reason: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileProblem(name: name, reason: "not a regular file") }
        guard offset <= status.st_size, length <= status.st_size - offset else {
            throw FileProblem(name: name, reason: "shorter than the part of it that was to be sent")
        }
        return descriptor
    }

    private static func open(_ path: String) -> CInt {
        Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    }

    /// Reads the range; nil if the file has become shorter.
    func read(_ descriptor: OwnedDescriptor) -> ByteBuffer? {
        var bytes = ByteBufferAllocator().buffer(capacity: length)
        while bytes.readableBytes < length {
            let missing = length - bytes.readableBytes
            let place = offset + bytes.readableBytes
            let result = bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: missing) { memory in
                max(0, pread(descriptor.number, memory.baseAddress, min(missing, memory.count), place))
            }
            if result == 0 { return nil }
        }
        return bytes
    }
}

/// A file of the application cannot be sent.
struct FileProblem: Error, CustomStringConvertible {
    let name: String
    let reason: String

    var description: String { "The application's file \(name) cannot be sent: \(reason)." }
}
