import Testing

@testable import MartletServer

@Suite struct AddressClashTests {
    @Test(
        arguments: [
            ("127.0.0.1", "0.0.0.0", true), ("0.0.0.0", "127.0.0.1", true), ("0.0.0.0", "::", true),
            ("*", "127.0.0.1", true),
            ("*", "::1", true), ("::", "::1", true), ("::", "127.0.0.1", true), ("127.0.0.1", "::1", false),
            ("127.0.0.1", "127.0.0.2", false), ("0.0.0.0", "::1", false),
            // What is there twice is said by another check.
            ("127.0.0.1", "127.0.0.1", false),
        ]
    )
    func ofOnePort(first: String, second: String, clash: Bool) {
        let one = BindAddress.tcp(host: first, port: 8000)
        let other = BindAddress.tcp(host: second, port: 8000)
        #expect(AddressCheck.clashes(among: [one, other]) == (clash ? [.init(first: one, second: other)] : []))
        #expect(AddressCheck.clashes(among: [one, .tcp(host: second, port: 8001)]).isEmpty)
        #expect(AddressCheck.clashes(among: [.tcp(host: first, port: 0), .tcp(host: second, port: 0)]).isEmpty)
    }
}
