import ArgumentParser
import MartletServer
import Testing

@testable import MartletCommand

@Suite struct LimitOptionsTests {
    private func limits(_ arguments: [String]) throws -> Limits {
        try RunCommand.parse(["hello:app"] + arguments).site.server.limits
    }

    @Test func setsWhatItSays() throws {
        let limits = try limits(["--limit-body", "1GB", "--timeout-idle", "1500ms", "--limit-head-fields", "7"])
        #expect(limits.bodyBytes == 1 << 30)
        #expect(limits.idleTimeout == .milliseconds(1500))
        #expect(limits.headFields == 7)
    }

    @Test(arguments: [
        ("--limit-body", "100", "a size has a unit: B, KB, MB or GB, as in 10MB"),
        ("--limit-body", "-1MB", "it cannot be negative"),
        ("--limit-body", "9999999999999GB", "it is too large"),
        ("--limit-head", "12B", "it is at least 1 KB"),
        ("--limit-head", "64KB", "it is at most 65535 B"),
        ("--limit-head-fields", "16384", "it is at most 16383"),
        ("--limit-target", "1MB", "it is at most 65535 B"),
        ("--limit-body", "1025GB", "it is at most 1024 GB"),
        ("--limit-connections", "1048577", "it is at most 1048576"),
        ("--timeout-idle", "8761h", "it is at most 8760 h"),
        ("--timeout-idle", "75", "a duration has a unit: ms, s, m or h, as in 75s"),
        ("--timeout-idle", "0s", "it is at least 1 s"),
        ("--limit-head-fields", "some", "it is a whole number, such as 100"),
    ])
    func saysWhatIsWrong(flag: String, value: String, message: String) {
        do {
            _ = try limits(["\(flag)=\(value)"])
            Issue.record("\(flag) \(value) was accepted")
        } catch {
            #expect(RunCommand.message(for: error).contains(": \(message)"))
        }
    }

    @Test func theSummaryIsOneLine() {
        #expect(Limits().summary == "head 32 KB, fields 100, target 8 KB, body 10 MB, head within 10 s, idle 75 s")
    }
}

@Suite struct QuantityTests {
    @Test(arguments: [
        (Quantity.bytes(0), "0 B"), (.bytes(1023), "1023 B"), (.bytes(1536), "1536 B"), (.bytes(8192), "8 KB"),
        (.bytes(10_485_760), "10 MB"), (.count(100), "100"), (.duration(.seconds(75)), "75 s"),
        (.duration(.milliseconds(1500)), "1500 ms"), (.duration(.seconds(120)), "120 s"),
        (.duration(.seconds(86_400)), "24 h"), (.duration(.seconds(Int64.max)), "9223372036854775807 s"),
    ])
    func isWrittenWithItsUnit(quantity: Quantity, text: String) {
        #expect(quantity.text == text)
    }
}
