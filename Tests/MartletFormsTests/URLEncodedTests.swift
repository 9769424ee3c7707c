import MartletForms
import Testing

@Suite struct URLEncodedTests {
    private func read(_ text: String, _ limits: FormLimits = FormLimits(), rule: TextRule = .refused) throws(FormFault)
        -> [String]
    {
        let bytes = Array(text.utf8)[...]
        var outcomes: [Result<[String], FormFault>] = []
        for pieces in Pieces.all(bytes, seed: 4) {
            var machine = URLEncodedMachine(limits: limits, rule: rule)
            do throws(FormFault) {
                for piece in pieces { try machine.receive(piece) }
                outcomes.append(.success(try machine.finish().pairs.map { "\($0.name)|\($0.value)" }))
            } catch {
                outcomes.append(.failure(error))
            }
        }
        #expect(Set(outcomes).count == 1)
        return try outcomes[0].get()
    }

    /// Of the URL standard's own tests.
    @Test(arguments: [
        ("test", ["test|"]), ("\u{FEFF}test=\u{FEFF}", ["\u{FEFF}test|\u{FEFF}"]), ("test=", ["test|"]),
        ("test&", ["test|"]), ("&test", ["test|"]), ("&&&a=b&&&&c=d&", ["a|b", "c|d"]),
        ("a=a&a=b&a=c", ["a|a", "a|b", "a|c"]),
        ("a==a", ["a|=a"]), ("a=a+b+c+d", ["a|a b c d"]), ("%=a", ["%|a"]), ("%a=a", ["%a|a"]), ("%a_=a", ["%a_|a"]),
        ("%61=a", ["a|a"]), ("%61+%4d%4D=", ["a MM|"]), ("id=0&value=%", ["id|0", "value|%"]),
        ("b=%2sf%2a", ["b|%2sf*"]), ("b=%2%2af%2a", ["b|%2*f*"]), ("b=%%2a", ["b|%*"]), ("", []), ("=", ["|"]),
    ])
    func standard(text: String, expected: [String]) throws {
        #expect(try read(text) == expected)
    }

    @Test func limits() throws {
        var limits = FormLimits()
        limits.values = 2
        limits.memory = 9
        #expect(try read("a=1&&b=22", limits) == ["a|1", "b|22"])
        #expect(throws: FormFault.tooMuchMemory(limit: 9)) { try read("a=1&&b=222", limits) }
        #expect(throws: FormFault.tooManyValues(limit: 2)) { try read("a&b&c", limits) }
        #expect(throws: FormFault.tooManyValues(limit: 2)) { try read("a&b&c&ddddddddd", limits) }
        limits.body = 5
        #expect(throws: FormFault.bodyTooLong(limit: 5)) { try read("a=1&b=", limits) }
        #expect(throws: FormFault.tooMuchMemory(limit: 500_000)) {
            try URLEncodedMachine.values(of: "a=".utf8 + [UInt8](repeating: 0x78, count: 499_999))
        }
    }

    @Test func invalidText() throws {
        #expect(throws: FormFault.invalidText("the value of \"a\"")) { try read("a=%C3") }
        #expect(throws: FormFault.invalidText("a name")) { try read("%FF=1") }
        #expect(try read("a%FF=%C3%28", rule: .replaced) == ["a\u{FFFD}|\u{FFFD}("])
    }

    @Test func queriesAreReadWithoutLimits() {
        let query = Array(repeating: "a=1", count: 5000).joined(separator: "&") + "&b=%FF"
        let values = MultiValues(urlEncoded: query)
        #expect(values.pairs.count == 5001)
        #expect(values["b"] == "\u{FFFD}")
    }

    @Test func writing() throws {
        let values: MultiValues = ["a b": "c&d=e", "ü": "1+1\r\n", "~*-._": ""]
        #expect(values.urlEncoded == "a+b=c%26d%3De&%C3%BC=1%2B1%0D%0A&%7E*-._=")
        #expect(try URLEncodedMachine.values(of: values.urlEncoded.utf8) == values)
    }
}
