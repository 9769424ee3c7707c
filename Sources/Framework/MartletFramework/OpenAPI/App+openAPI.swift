internal import HTTPTypes
internal import MartletGateway
internal import MartletPages
internal import NIOCore

extension App {
    /// Describes the app for programs, as an OpenAPI document (3.1), and for people, as a page that shows it.
    ///
    ///     app.openAPI(title: "Shop", version: "1.2")
    ///     app.post("/orders", body: NewOrder.self) { (request, order) in Order(id: 7, item: order.item) }
    ///
    /// It is made from what is known of the routes: parameters of the path by their converters, the body that a route declares, and
    /// the type that its handler returns. A schema is that of a `Decodable` type, found by decoding one from samples; a type that is only
    /// `Encodable` may be anything. What routes do besides, such as queries that they read, it does not know.
    ///
    /// - Parameters:
    ///   - document: the path of the document.
    ///   - page: the path of the page; nil for none.
    public func openAPI(
        title: String,
        version: String,
        document: String = "/openapi.json",
        page: String? = "/openapi",
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        // The app has its routes, and must not be kept by one of them.
        let describe = { @Sendable [weak self] (request: Request) throws -> OpenAPIValue in
            let routes = try self?.routes() ?? []
            return OpenAPIDocument(
                title: title,
                version: version,
                server: request.mountPath.isEmpty ? "/" : URLText.encode(request.mountPath.utf8, keepingSlash: true),
                routes: routes.filter { $0.pattern != document && $0.pattern != page }
            )
            .value
        }
        get(document, file: file, line: line) { (request: Request) throws -> Response in
            Response(
                headers: Headers([(.contentType, "application/json")]),
                body: .bytes(ByteBuffer(string: try describe(request).json))
            )
        }
        guard let page else { return }
        get(page, file: file, line: line) { (request: Request) throws -> Response in
            let value = OpenAPIPage(
                title: title,
                version: version,
                address: URLText.encode((request.mountPath + document).utf8, keepingSlash: true),
                document: try describe(request)
            )
            var response = value.html.response(to: request)
            response.headers.append("Content-Security-Policy", HTMLPage.policy)
            return response
        }
    }
}
