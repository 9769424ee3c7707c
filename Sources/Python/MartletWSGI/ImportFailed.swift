internal import Glibc

/// The application could not be imported. ``WorkerPool`` has shown the traceback on stderr already.
public struct ImportFailed: Error, CustomStringConvertible {
    /// One sentence: what to do.
    public let advice: String
    /// Python's own words.
    let traceback: String

    public var description: String { advice }

    init(advice: String, traceback: String) {
        self.advice = advice
        self.traceback = traceback
    }

    /// From a worker's message: the advice, a zero byte, the traceback.
    init(message: ArraySlice<UInt8>) {
        let end = message.firstIndex(of: 0) ?? message.endIndex
        advice = String(decoding: message[..<end], as: UTF8.self)
        traceback = String(decoding: message[end...].dropFirst(), as: UTF8.self)
    }

    func showTraceback() {
        var rest = Array(traceback.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
