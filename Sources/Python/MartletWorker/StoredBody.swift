internal import CMartletWorker
internal import Glibc

/// The file that a request's body is in, as the server has handed it over. It is closed with the last who reads from it: a thread of
/// the application may do so without the GIL when the request ends.
final class StoredBody {
    private let descriptor: Int32
    private let entry: Int32
    /// A part of the file, for reads of a few bytes and for lines.
    private var window = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var start = 0
    private var filled = 0

    static let windowBytes = 65_536

    init(descriptor: Int32) {
        self.descriptor = descriptor
        entry = martlet_withhold(descriptor)
    }

    deinit {
        martlet_withhold_no_more(entry)
        close(descriptor)
        window.deallocate()
    }

    /// What the window has from `position` on.
    func bytes(at position: Int) -> UnsafeBufferPointer<UInt8> {
        guard position >= start, position - start < filled else { return UnsafeBufferPointer(start: nil, count: 0) }
        let part = UnsafeRawBufferPointer(rebasing: window[(position - start)..<filled])
        return part.bindMemory(to: UInt8.self)
    }

    /// Fills the window from `position` on, as far as the page cache has it. The GIL is held.
    ///
    /// - Returns: whether there is anything.
    func fill(at position: Int) -> Bool {
        let window = openWindow()
        filled = 0
        guard let base = window.baseAddress else { return false }
        let count = Int(martlet_read_cached(descriptor, base, UInt(window.count), Int64(position)))
        guard count > 0 else { return false }
        (start, filled) = (position, count)
        return true
    }

    /// Fills the window with what was read elsewhere.
    func fill(at position: Int, with bytes: [UInt8]) {
        let window = openWindow()
        window.copyBytes(from: bytes.prefix(window.count))
        (start, filled) = (position, min(bytes.count, window.count))
    }

    private func openWindow() -> UnsafeMutableRawBufferPointer {
        if window.count == 0 { window = .allocate(byteCount: Self.windowBytes, alignment: 16) }
        return window
    }

    /// Reads what the page cache has of a part.
    ///
    /// - Returns: how many bytes.
    func readCached(_ count: Int, at position: Int, into target: UnsafeMutableRawPointer) -> Int {
        max(0, Int(martlet_read_cached(descriptor, target, UInt(count), Int64(position))))
    }

    /// Reads a part; waits for the disk, and so is called without the GIL.
    ///
    /// - Returns: how many bytes; less only where the file is not what it was, or cannot be read.
    func read(_ count: Int, at position: Int, into target: UnsafeMutableRawPointer) -> Int {
        readFile(descriptor, at: position, count: count, into: target)
    }
}

/// A file that was asked for: our end of the socket that it comes on.
final class FileRequest {
    private let socket: Int32

    init(socket: Int32) {
        self.socket = socket
    }

    deinit {
        close(socket)
    }

    /// Nil where it is not there, as where this process has no descriptor left for it.
    func receive() -> StoredBody? {
        var message = martlet_handover()
        var descriptor: Int32 = -1
        guard martlet_handover_receive(socket, &message, nil, &descriptor) == 1, descriptor >= 0 else { return nil }
        return StoredBody(descriptor: descriptor)
    }
}

/// Reads a part of a file, as far as there is something, and waits for the disk.
///
/// - Returns: how many bytes.
func readFile(_ file: Int32, at offset: Int, count: Int, into target: UnsafeMutableRawPointer) -> Int {
    var done = 0
    while done < count {
        let result = pread(file, target + done, count - done, off_t(offset + done))
        if result < 0 && errno == EINTR { continue }
        guard result > 0 else { break }
        done += result
    }
    return done
}
