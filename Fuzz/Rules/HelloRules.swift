import NIOCore

@testable import MartletServer

/// What holds for the first bytes of a connection on an https port:
///
/// 1. What is decided is not changed by what comes later.
/// 2. No more is waited for than a ClientHello may have.
enum HelloRules {
    static func check(_ bytes: [UInt8]) throws {
        var decided: ClientHello.Reading?
        let step = max(1, bytes.count / 200)
        for count in stride(from: 0, through: bytes.count, by: step) {
            let reading = ClientHello.read(ByteBuffer(bytes: bytes[..<count]))
            if let decided {
                try BrokenRule.unless(reading, is: decided, "a decision is changed by what comes later")
            } else if reading != .needsMore {
                decided = reading
            } else {
                try BrokenRule.unless(count < ClientHello.mostBytes, "\(count) bytes, and more is waited for")
            }
        }
    }
}
