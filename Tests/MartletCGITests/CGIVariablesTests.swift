import MartletCGI
import NIOCore
import Testing

struct CGIVariablesTests {
    @Test("Names and values are kept in order, with duplicates, and the last one counts")
    func order()
        throws
    {
        var variables = CGIVariables()
        try variables.append("SCRIPT_NAME", "/a")
        try variables.append("EMPTY", "")
        try variables.append("SCRIPT_NAME", "/b")
        #expect(variables.pairs.map(\.name) == ["SCRIPT_NAME", "EMPTY", "SCRIPT_NAME"])
        #expect(variables.pairs.map(\.value) == ["/a", "", "/b"])
        #expect(variables["SCRIPT_NAME"] == "/b")
        #expect(variables["EMPTY"] == "")
        #expect(variables["OTHER"] == nil)
        #expect(variables.size == 11 + 2 + 5 + 11 + 2)
    }

    @Test("A list never holds more than its limits")
    func limits() throws {
        var variables = CGIVariables(limits: .init(bytes: 10, count: 2))
        #expect(throws: CGIVariables.Overflow.tooManyBytes(limit: 10)) { try variables.append("NAME", "1234567") }
        #expect(variables.isEmpty)
        try variables.append("NAME", "123456")
        #expect(throws: CGIVariables.Overflow.tooManyBytes(limit: 10)) { try variables.append("N", "") }
        variables.removeAll()
        try variables.append("A", "1")
        try variables.append("B", "2")
        #expect(throws: CGIVariables.Overflow.tooManyVariables(limit: 2)) { try variables.append("C", "") }
        #expect(variables.pairs.map(\.name) == ["A", "B"])
    }

    @Test("Entries may lie in bytes that were there before")
    func entriesWithin() throws {
        var variables = CGIVariables(within: ByteBuffer(string: "A\u{0}1\u{0}BC\u{0}\u{0}"))
        try variables.append(nameAt: 0..<1, valueAt: 2..<3)
        try variables.append(nameAt: 4..<6, valueAt: 7..<7)
        try variables.append(nameAt: 6..<99, valueAt: 50..<99)
        #expect(variables.pairs.map(\.name) == ["A", "BC", "\u{0}\u{0}"])
        #expect(variables.pairs.map(\.value) == ["1", "", ""])
    }
}
