import MartletBytes
import Testing

@Suite struct FieldSyntaxTests {
    @Test(arguments: UInt8.min...UInt8.max)
    func tokensAndValues(byte: UInt8) {
        let marks = "!#$%&'*+-.^_`|~".utf8
        #expect(FieldSyntax.isToken(byte) == (ASCII.isLetter(byte) || ASCII.isDigit(byte) || marks.contains(byte)))
        #expect(FieldSyntax.isValue(byte) == (byte == 0x09 || !ASCII.isControl(byte)))
    }

    @Test(arguments: [("", ""), (" \t ", ""), ("a", "a"), ("\t a b \t", "a b")])
    func trimming(text: String, expected: String) {
        #expect(FieldSyntax.trimmed(Array(text.utf8)).elementsEqual(expected.utf8))
    }
}

@Suite struct FieldListTests {
    @Test(
        arguments: [
            ("", []), (",", []), (" , ,\t", []), ("a", ["a"]), (" a\t, b ,,c", ["a", "b", "c"]), ("a b,", ["a b"]),
        ] as [(String, [String])]
    )
    func elements(text: String, expected: [String]) {
        let bytes = Array("<\(text)>".utf8)
        var found: [String] = []
        bytes.withUnsafeBytes { bytes in
            FieldList.forEachElement(bytes, 1..<(bytes.count - 1)) { element in
                found.append(String(decoding: UnsafeRawBufferPointer(rebasing: bytes[element]), as: UTF8.self))
            }
        }
        #expect(found == expected)
        #expect(FieldList.contains("b", in: Array(text.utf8)) == expected.contains("b"))
    }

    @Test(arguments: [
        ("close", true), ("Close", true), ("keep-alive, close", true), ("x , CLOSE\t,y", true), ("closed", false),
        ("close x", false), ("", false), ("keep-alive", false),
    ])
    func options(value: String, closes: Bool) {
        #expect(FieldList.contains("close", in: value.utf8) == closes)
    }
}

@Suite struct FieldRoleTests {
    @Test("What RFC 9110 section 7.6.1, RFC 2616 section 13.5.1 and PEP 3333 keep to one connection")
    func aboutTheConnection() {
        let names = [
            "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE",
            "Trailer",
            "Trailers", "Transfer-Encoding", "Upgrade",
        ]
        for name in names {
            for spelled in [name, name.lowercased(), name.uppercased()] {
                #expect(!FieldRole(name: spelled.utf8).isDisjoint(with: .aboutConnection), "\(spelled)")
            }
        }
    }

    @Test(arguments: [
        ("Date", FieldRole.date), ("server", .server), ("Content-length", .contentLength), ("CONNECTION", .connection),
        ("Upgrade", .upgrade), ("te", .hopByHop),
    ])
    func role(name: String, expected: FieldRole) {
        #expect(FieldRole(name: name.utf8) == expected)
    }

    @Test(arguments: [
        "", "Content-Type", "Set-Cookie", "Te2", "Dates", "WWW-Authenticate", "Upgrade-Insecure-Requests", "X-Server",
    ])
    func everyOtherFieldIsCopied(name: String) {
        #expect(FieldRole(name: name.utf8).isEmpty)
    }
}
