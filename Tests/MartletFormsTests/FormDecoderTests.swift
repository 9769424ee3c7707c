public import Foundation
public import MartletForms
import Testing

extension URL: FormConvertible {
    public init?(formText: String) { self.init(string: formText) }

    public static var formExpectation: String { "a URL" }
}

@Suite struct FormDecoderTests {
    private enum Order: String, Decodable, CaseIterable { case newest, oldest }
    private enum Rank: Int, Decodable { case low = 1 }

    private struct Search: Decodable, Equatable {
        var q: String
        var page: Int?
        var tag: [String]
        var exact: Bool
        var order: Order?
        var price: Double = 0
        var ids: Set<Int>?
        var link: URL?
        var key: UUID?
        var pageSize: UInt8?

        enum CodingKeys: String, CodingKey {
            case q, page, tag, exact, order, ids, link, key
            case pageSize = "page-size"
        }
    }

    private func search(_ query: String) throws -> Search {
        try FormDecoder().decode(Search.self, from: URLEncodedMachine.values(of: query.utf8))
    }

    @Test func everything() throws {
        let read = try search(
            "q=a+b&page=2&tag=x&tag=y&exact=on&order=oldest&ids=1&ids=2&link=https%3A%2F%2Fexample.com&page-size=20&key=E621E1F8-C36C-495A-93FC-0C247A3E6E5F&other=1"
        )
        #expect(
            read
                == Search(
                    q: "a b",
                    page: 2,
                    tag: ["x", "y"],
                    exact: true,
                    order: .oldest,
                    ids: [1, 2],
                    link: URL(string: "https://example.com"),
                    key: UUID(uuidString: "E621E1F8-C36C-495A-93FC-0C247A3E6E5F"),
                    pageSize: 20
                )
        )
    }

    @Test func whatIsMissingOrEmpty() throws {
        #expect(try search("q=") == Search(q: "", tag: [], exact: false))
        #expect(try search("q=&page=&order=&page-size=&tag=") == Search(q: "", tag: [""], exact: false))
    }

    private static let faults: [(String, String)] = [
        ("page=2", "The value \"q\" is missing: it has to be text."),
        ("q=&page=two", "The value \"page\" is \"two\", but it has to be a whole number."),
        ("q=&exact=maybe", "The value \"exact\" is \"maybe\", but it has to be \"true\" or \"false\"."),
        ("q=&order=best", "The value \"order\" is \"best\", but it has to be one of \"newest\", \"oldest\"."),
        ("q=&ids=1&ids=x", "The value \"ids\" is \"x\", but it has to be a whole number."),
        ("q=&key=x", "The value \"key\" is \"x\", but it has to be of type UUID."),
        ("q=&page-size=256", "The value \"page-size\" is \"256\", but it has to be a whole number from 0 to 255."),
    ]

    @Test(arguments: faults)
    func whatIsWrong(query: String, text: String) {
        do {
            _ = try search(query)
            Issue.record("nothing was thrown")
        } catch {
            #expect("\(error)" == text)
        }
    }

    @Test func otherShapes() throws {
        struct Ranked: Decodable { let rank: Rank }
        struct Strict: Decodable { let order: Order }
        struct Outer: Decodable { let inner: Ranked }
        #expect(try FormDecoder().decode(Ranked.self, from: ["rank": "1"]).rank == .low)
        #expect(try FormDecoder().decode([String: String].self, from: ["a": "1", "b": "2"]) == ["a": "1", "b": "2"])
        #expect(try FormDecoder().decode([String: [Int]].self, from: ["a": "1", "a": "2"]) == ["a": [1, 2]])
        #expect(try FormDecoder().decode([String: [Int]].self, from: ["a": "", "a": "2"]) == ["a": [2]])
        says("The value \"rank\" is \"9\", but it has to be of type Rank.") {
            try FormDecoder().decode(Ranked.self, from: ["rank": "9"])
        }
        says("The value \"rank\" is \"x\", but it has to be a whole number.") {
            try FormDecoder().decode(Ranked.self, from: ["rank": "x"])
        }
        says("The value \"order\" is missing: it has to be one of \"newest\", \"oldest\".") {
            try FormDecoder().decode(Strict.self, from: [:])
        }
        says("The value \"inner\" cannot be read. A form is flat: its values have no values of their own.") {
            try FormDecoder().decode(Outer.self, from: ["inner": "1"])
        }
        #expect(throws: ValueFault.self) { try FormDecoder().decode([Int].self, from: ["a": "1"]) }
        #expect(throws: ValueFault.self) { try FormDecoder().decode(Int.self, from: ["a": "1"]) }
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
