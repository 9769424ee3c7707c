import Foundation
import HTTPTypes
import MartletGateway
import MartletTesting
import Testing

@testable import MartletFramework

/// What an app says of itself to programs.
@Suite struct OpenAPITests {
    enum Size: String, Codable, CaseIterable { case small, large }
    enum Level: Int, Codable, CaseIterable { case low = 1, high }
    enum Secret: String, Codable { case one }

    struct Address: Codable { let street: String, zip: Int? }

    struct Order: Codable, Sendable {
        var id: UUID
        var item: String
        var count: Int
        var price: Double
        var size: Size
        var level: Level?
        var tags: [String]
        var labels: [String: Int]
        var made: Date
        var address: Address
        var parts: [Order]?
    }

    struct Text: Codable {
        let text: String
        init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }
        func encode(to encoder: any Encoder) throws { try text.encode(to: encoder) }
    }

    struct Partial: Codable { let first: Int, secret: Secret, last: Int }
    struct Own: Encodable, Sendable { let id: Int }
    struct NewOrder: Decodable, Sendable { let item: String, count: Int? }

    @Test(
        "Schemas of types",
        arguments: [
            (Int.self, #"{"type":"integer"}"#), (Double.self, #"{"type":"number"}"#),
            (Bool.self, #"{"type":"boolean"}"#),
            (String?.self, #"{"anyOf":[{"type":"string"},{"type":"null"}]}"#),
            ([Int].self, #"{"items":{"type":"integer"},"type":"array"}"#),
            ([String: Bool].self, #"{"additionalProperties":{"type":"boolean"},"type":"object"}"#),
            (Date.self, #"{"format":"date-time","type":"string"}"#), (UUID.self, #"{"format":"uuid","type":"string"}"#),
            (Data.self, #"{"contentEncoding":"base64","type":"string"}"#),
            (URL.self, #"{"format":"uri","type":"string"}"#),
            (Size.self, #"{"enum":["small","large"],"type":"string"}"#),
            (Level.self, #"{"enum":[1,2],"type":"integer"}"#),
            (Text.self, #"{"type":"string"}"#), (Own.self, "{}"),
            (Address.self, ##"{"$ref":"#/components/schemas/Address"}"##),
        ] as [(any (Any & Sendable).Type, String)]
    )
    func schemas(type: Any.Type, json: String) {
        #expect(Self.line(SchemaRecorder().schema(of: type)) == json)
    }

    private static func line(_ value: OpenAPIValue) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return ((try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) }) ?? ""
    }

    @Test("A type with all kinds of properties, one of them itself")
    func nested() throws {
        let recorder = SchemaRecorder()
        _ = recorder.schema(of: Order.self)
        let order = try #require(recorder.components["Order"])
        #expect(
            Self.line(order)
                == ##"{"properties":{"address":{"$ref":"#/components/schemas/Address"},"count":{"type":"integer"},"id":{"format":"uuid","type":"string"},"item":{"type":"string"},"labels":{"additionalProperties":{"type":"integer"},"type":"object"},"level":{"enum":[1,2],"type":"integer"},"made":{"format":"date-time","type":"string"},"parts":{"items":{"$ref":"#/components/schemas/Order"},"type":"array"},"price":{"type":"number"},"size":{"enum":["small","large"],"type":"string"},"tags":{"items":{"type":"string"},"type":"array"}},"required":["address","count","id","item","labels","made","price","size","tags"],"type":"object"}"##
        )
        let address = try #require(recorder.components["Address"])
        #expect(
            Self.line(address)
                == #"{"properties":{"street":{"type":"string"},"zip":{"type":"integer"}},"required":["street"],"type":"object"}"#
        )
    }

    @Test("What cannot be decoded from samples says so, and has what was seen")
    func partial() throws {
        let recorder = SchemaRecorder()
        _ = recorder.schema(of: Partial.self)
        let schema = try #require(recorder.components["Partial"])
        #expect(schema["properties"]?.members.map(\.key) == ["first", "secret"])
        #expect(
            schema["description"]
                == "Only a part of this is known. Secret cannot be made from samples; an enum has to be CaseIterable for that."
        )
    }

    private let app: App = {
        let app = App()
        app.openAPI(title: "Shop <1>", version: "1.2")
        app.get("/orders", name: "orders") { () -> [Order] in [] }
        app.post("/orders", body: NewOrder.self) { order in "\(order.count ?? 1) \(order.item)" }
        app.get("/orders/<int:id>", name: "order") { (id: Int) -> Order? in nil }
        app.put("/orders/<int:number>", body: NewOrder.self) { (request: Request, order: NewOrder, number: Int) in
            ["number": number, "count": order.count ?? 1]
        }
        app.get("/files/<any(a,b):kind>/<path:rest>.json") { (kind: String, rest: String) in HTML("<p>") }
        app.get("/made") { "x".status(.created) }
        app.mount("/legacy", App())
        return app
    }()

    @Test("Bodies are values")
    func bodies() async throws {
        let client = TestClient(app)
        let json: [(HTTPField.Name, String)] = [(.contentType, "application/json")]
        try await client.post("/orders", headers: json, body: #"{"item":"tea"}"#).expect(.ok, body: "1 tea")
        try await client.put("/orders/7", headers: json, body: #"{"item":"tea","count":2}"#).expect(
            .ok,
            body: #"{"count":2,"number":7}"#
        )
        try await client.put("/orders/7", headers: json, body: "{}").expect(.badRequest)
        try await client.post("/orders", body: "x").expect(.unsupportedMediaType)
    }

    @Test("The document")
    func document() async throws {
        let answer = try await TestClient(app).get("/openapi.json").expect(
            .ok,
            headers: [(.contentType, "application/json")]
        )
        let text = answer.text
        for part in [
            #""openapi" : "3.1.0""#, #""title" : "Shop <1>""#, #""/orders/{id}" : {"#,
            #""/files/{kind}/{rest}.json" : {"#, #""operationId" : "put /orders/{id}""#,
            ##""$ref" : "#/components/schemas/NewOrder""##,
            #""operationId" : "order""#, #""application/problem+json" : {"#,
        ] { #expect(text.contains(part), "\(part)") }
        #expect(!text.contains("/openapi") && !text.contains("{number}") && !text.contains("legacy"))
        let site = App()
        site.mount("/shop", app)
        #expect(try await TestClient(site).get("/shop/openapi.json").text.contains(#""url" : "/shop""#))
    }

    @Test("The page")
    func page() async throws {
        let text = try await TestClient(app).get("/openapi").expect(.ok).text
        #expect(text.contains("<h1>Shop &lt;1&gt;</h1>") && text.contains("<a href=\"/openapi.json\">"))
        #expect(text.contains("<code>PUT /orders/{id}</code>") && text.contains("<dt>id</dt><dd>integer</dd>"))
        #expect(text.contains("<dt>kind</dt><dd>a | b</dd>") && !text.contains("<script"))
        #expect(text.contains("<dt>200 OK</dt><dd>[<a href=\"#type-Order\">Order</a>] as application/json</dd>"))
        #expect(text.contains("<dt>count?</dt><dd>integer</dd>") && text.contains("<dt>level?</dt><dd>1 | 2</dd>"))
    }
}
