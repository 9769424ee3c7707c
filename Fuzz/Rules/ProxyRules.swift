import NIOCore

@testable import MartletServer

/// What holds for the first bytes of a connection from a proxy that is to say who its client is:
///
/// 1. What is decided is not changed by what comes later, and a header is within what has come.
/// 2. No more is waited for than the longest header has.
enum ProxyRules {
    /// The fixed part of a binary header, and the longest rest.
    private static let most = 16 + 4080

    static func check(_ bytes: [UInt8]) throws {
        var decided: ProxyHeader.Reading?
        let step = max(1, bytes.count / 200)
        for count in stride(from: 0, through: bytes.count, by: step) {
            let reading = ProxyHeader.read(ByteBuffer(bytes: bytes[..<count]))
            if let decided {
                try BrokenRule.unless(reading, is: decided, "a decision is changed by what comes later")
            } else if reading == .needsMore {
                try BrokenRule.unless(count < most, "\(count) bytes, and more is waited for")
            } else {
                decided = reading
            }
            if case .header(let header) = reading {
                try BrokenRule.unless((1...count).contains(header.length), "\(header.length) bytes of \(count)")
            }
        }
    }
}
