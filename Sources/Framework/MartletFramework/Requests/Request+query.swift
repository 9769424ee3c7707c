internal import HTTPTypes
public import MartletForms
public import MartletGateway

extension Request {
    /// The values of the query: `request.args["q"]`, `try request.args["page", as: Int.self]`. The name is Flask's. Read on each
    /// access: keep the result if you need several values.
    public var args: MultiValues { MultiValues(urlEncoded: query) }

    /// The query as a value of a type whose properties are its names (`FormDecoder`).
    ///
    /// - Throws: 400 with the value that is wrong.
    public func args<Value: Decodable>(as type: Value.Type) throws -> Value {
        try FormDecoder().decode(type, from: args)
    }

    /// The cookies that the client sent (RFC 6265 section 5.4). If a name occurs twice, the first one has the longer path.
    public var cookies: MultiValues { RequestCookies.read((headers[.cookie] ?? "").utf8) }

    /// What the client would like to get, by type: `request.accept.best(of: ["text/html", "application/json"])`.
    public var accept: AcceptedTypes { AcceptedTypes(headers[.accept]) }

    /// What the client would like to get, by language: `request.acceptLanguages.best(of: ["en", "de"])`.
    public var acceptLanguages: AcceptedLanguages { AcceptedLanguages(headers[.acceptLanguage]) }
}
