import MartletForms
import Testing

@Suite struct MultiValuesTests {
    private enum Order: String, CaseIterable, FormConvertible { case newest, oldest }
    private enum Level: Int, FormConvertible { case low = 1, high = 2 }

    private let values: MultiValues = [
        "tag": "swift", "page": "2", "tag": "web", "bad": "x\ny", "empty": "", "box": "on", "order": "oldest",
        "level": "2",
        "price": "1.5e2", "big": "300",
    ]

    @Test func textAndOrder() {
        #expect(values["tag"] == "swift")
        #expect(values.all(of: "tag") == ["swift", "web"])
        #expect(values["none"] == nil)
        #expect(values.all(of: "none").isEmpty)
        #expect(values.names.prefix(3) == ["tag", "page", "bad"])
    }

    @Test func changes() {
        var values = values
        values["tag"] = "other"
        #expect(values.all(of: "tag") == ["other"])
        #expect(values.names.first == "tag")
        values["new"] = "1"
        values["page"] = nil
        #expect(!values.contains("page"))
        #expect(values["new"] == "1")
    }

    @Test func types() throws {
        #expect(try values["page", as: Int.self] == 2)
        #expect(try values["none", as: Int.self] ?? 1 == 1)
        #expect(try values["empty", as: Int.self] == nil)
        #expect(try values["empty", as: String.self] == "")
        #expect(try values["box", as: Bool.self] == true)
        #expect(try values["order", as: Order.self] == .oldest)
        #expect(try values["level", as: Level.self] == .high)
        #expect(try values["price", as: Double.self] == 150)
        #expect(try values.require("page", as: UInt8.self) == 2)
        #expect(try MultiValues([]).all(of: "n", as: Int.self) == [])
        #expect(try (["n": "1", "n": "", "n": "3"] as MultiValues).all(of: "n", as: Int.self) == [1, 3])
    }

    @Test func whatIsWrong() {
        says("The value \"bad\" is \"x\\ny\", but it has to be a whole number.") { try values["bad", as: Int.self] }
        says("The value \"none\" is missing: it has to be a number.") { try values.require("none", as: Double.self) }
        says("The value \"empty\" is \"\", but it has to be a whole number.") {
            try values.require("empty", as: Int.self)
        }
        says("The value \"big\" is \"300\", but it has to be a whole number from 0 to 255.") {
            try values["big", as: UInt8.self]
        }
        says("The value \"tag\" is \"swift\", but it has to be \"true\" or \"false\".") {
            try values["tag", as: Bool.self]
        }
        says("The value \"tag\" is \"swift\", but it has to be one of \"newest\", \"oldest\".") {
            try values["tag", as: Order.self]
        }
    }

    @Test(arguments: ["nan", "inf", "0x10", "1e999", "", " 1", "1 ", "１"])
    func noNumbers(text: String) {
        #expect(Double(formText: text) == nil)
        #expect(Int(formText: text) == nil)
    }

    private func says<Value>(_ text: String, _ body: () throws -> Value) {
        do {
            _ = try body()
            Issue.record("nothing was thrown")
        } catch {
            #expect("\(error)" == text)
        }
    }
}
