import Testing

@testable import MartletProxy

@Suite struct HostsFileTests {
    static let file = HostsFile(
        Array(
            """
            # names of this machine
            127.0.0.1\tlocalhost localhost.localdomain
            ::1 localhost ip6-localhost # both
              10.0.0.1   Web web.internal\r
            10.0.0.2
            10.0.0.3 web
            """.utf8
        )
    )

    @Test(
        arguments: [
            ("localhost", ["127.0.0.1", "::1"]), ("LOCALHOST", ["127.0.0.1", "::1"]),
            ("web", ["10.0.0.1", "10.0.0.3"]),
            ("web.internal", ["10.0.0.1"]), ("both", []), ("10.0.0.2", []), ("", []),
        ] as [(String, [String])]
    )
    func aName(name: String, addresses: [String]) {
        #expect(Self.file.addresses(of: name) == addresses)
    }
}
