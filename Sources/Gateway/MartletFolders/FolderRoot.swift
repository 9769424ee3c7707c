internal import Glibc
package import MartletGateway

/// The folder that files are looked up in. Opened for each look-up: a link that is turned to another folder, as
/// deployments do, counts at once.
package struct FolderRoot: ~Copyable {
    private let descriptor: CInt
    private let symlinks: SymlinkPolicy
    private let usesKernel: Bool

    /// - Throws: ``FileError``.
    package init(_ path: String, symlinks: SymlinkPolicy) throws(FileError) {
        try self.init(path, symlinks: symlinks, usesKernel: Beneath.isAvailable)
    }

    /// - Parameter usesKernel: false for kernels that cannot look up below a folder.
    /// - Throws: ``FileError``.
    package init(_ path: String, symlinks: SymlinkPolicy, usesKernel: Bool) throws(FileError) {
        descriptor = Glibc.open(path, pathOnly | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(number: errno) }
        self.symlinks = symlinks
        self.usesKernel = usesKernel
    }

    deinit { close(descriptor) }

    /// The path of a folder for whoever may be in another one.
    package static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        let base = String(cString: folder)
        return path == "." ? base : (base == "/" ? "/" : base + "/") + path
    }

    package static func problem(with path: String) -> String? {
        do {
            _ = try FolderRoot(path, symlinks: .inside)
        } catch {
            return error.description
        }
        return access(path, X_OK) == 0 ? nil : FileError(number: errno).description
    }

    /// Opens what has this name below the folder; the folder itself for an empty one. Neither FIFOs nor devices make it
    /// wait.
    ///
    /// - Parameter isNameOnly: to ask what it is, not to read it.
    /// - Throws: ``FileError``.
    package func open(_ name: [UInt8], isNameOnly: Bool = false) throws(FileError) -> OwnedDescriptor {
        let path = (name.isEmpty ? [UInt8(ascii: ".")] : name) + [0]
        let flags = O_CLOEXEC | (isNameOnly ? pathOnly : O_RDONLY | O_NONBLOCK | O_NOCTTY)
        var number: CInt = -1
        switch symlinks {
        case .all: number = path.withPointer { openat(descriptor, $0, flags) }
        case .inside where usesKernel:
            number = path.withPointer { Beneath.open(descriptor, $0, flags) }
            // The kernel refuses every link with an absolute path, also one that leads back into the folder.
            if number < 0, errno == EXDEV { number = try openChecked(path, flags) }
        case .inside: number = try openChecked(path, flags)
        }
        guard number >= 0 else { throw FileError(number: errno) }
        return OwnedDescriptor(number)
    }

    /// Where the kernel does not help: opens the name without reading it, and asks where that is.
    private func openChecked(_ path: [UInt8], _ flags: CInt) throws(FileError) -> CInt {
        let number = path.withPointer { openat(descriptor, $0, pathOnly | O_CLOEXEC) }
        guard number >= 0 else { throw FileError(number: errno) }
        let seen = OwnedDescriptor(number)
        guard let root = Self.place(of: descriptor), let place = Self.place(of: seen.number) else {
            throw FileError(number: ENOENT)
        }
        guard place == root || root == [UInt8(ascii: "/")] || place.starts(with: root + [UInt8(ascii: "/")]) else {
            throw FileError(number: EXDEV)
        }
        // An open descriptor is opened again: what stands under the name by now does not matter.
        return Glibc.open("/proc/self/fd/\(seen.number)", flags)
    }

    private static func place(of descriptor: CInt) -> [UInt8]? {
        let capacity = 4096
        let path = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            count = buffer.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { max(0, readlink("/proc/self/fd/\(descriptor)", $0, capacity)) } ?? 0
            }
        }
        return path.isEmpty || path.count == capacity ? nil : path
    }
}

/// A descriptor that only names a file (O_PATH of asm-generic/fcntl.h, which the C library shows only to programs that ask for GNU
/// extensions).
let pathOnly: CInt = 0o10_000_000

/// openat2(2) with RESOLVE_BENEATH: neither `..` nor a symbolic link leads out of a folder.
enum Beneath {
    /// `struct open_how` of linux/openat2.h.
    private struct How {
        var flags: UInt64
        var mode: UInt64 = 0
        var resolve: UInt64
    }

    /// The number is the same on every architecture.
    private static let number = 437
    private static let noMagicLinks: UInt64 = 0x02
    private static let beneath: UInt64 = 0x08

    private typealias SystemCall =
        @convention(c) (CLong, CLong, UnsafePointer<CChar>, UnsafeRawPointer, CLong) -> CLong

    /// The C library has no function for it, and its `syscall` takes a variable number of arguments, which Swift cannot
    /// call. Integers and pointers are passed the same way either way on the Linux architectures.
    private static let systemCall: SystemCall? = dlsym(nil, "syscall").map { unsafeBitCast($0, to: SystemCall.self) }

    /// Linux 5.6 has it; containers may forbid it (EPERM of an old seccomp profile).
    static let isAvailable: Bool = {
        let number = open(AT_FDCWD, ".", pathOnly | O_CLOEXEC)
        if number >= 0 { close(number) }
        return number >= 0
    }()

    static func open(_ folder: CInt, _ path: UnsafePointer<CChar>, _ flags: CInt) -> CInt {
        guard let systemCall else {
            errno = ENOSYS
            return -1
        }
        var how = How(flags: UInt64(UInt32(bitPattern: flags)), resolve: beneath | noMagicLinks)
        // A rename on the way, of a link with `..` in it, makes it start again.
        for _ in 0..<8 {
            let result = withUnsafeBytes(of: &how) { how in
                how.baseAddress.map { systemCall(CLong(number), CLong(folder), path, $0, how.count) } ?? -1
            }
            if result >= 0 || errno != EAGAIN { return CInt(truncatingIfNeeded: result) }
        }
        return -1
    }
}

extension [UInt8] {
    /// For a path with its NUL.
    fileprivate func withPointer<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        withUnsafeBytes { bytes in
            guard let base = bytes.bindMemory(to: CChar.self).baseAddress else { return body("\0") }
            return body(base)
        }
    }
}
