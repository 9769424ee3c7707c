internal import HTTPTypes
internal import Logging
internal import MartletBytes
internal import MartletGateway
internal import MartletPages
internal import NIOCore

/// How an app tells of errors: as a page, as text or as a problem, with all that is known in development, and quietly in production.
struct ErrorAnswers: Sendable {
    let router: HostRouter<Endpoint>
    let routes: [RouteDescription]
    /// Whether answers explain themselves.
    let explains: Bool

    init(environment: App.Environment, router: HostRouter<Endpoint>, routes: [RouteDescription]) {
        self.router = router
        self.routes = routes
        explains = environment == .development
    }

    static let remark = "This page explains so much because the app runs for development (MARTLET_ENV=development)."

    /// - Throws: the error itself, if it is for the server to answer.
    func answer(to error: any Error, _ request: Request, in hooks: ErrorHooks) async throws -> Response {
        if let fault = error as? any ClientFault {
            request.logger.info("\(fault.status): \(fault)")
            let page = ErrorPage(status: fault.response.status, explains ? fault.description : "", request)
            return try await respond(with: page, fault, fault.response, request, in: hooks)
        }
        if let abort = error as? Abort, abort.status.code >= 400 {
            let page = ErrorPage(status: abort.status, abort.reason ?? "", request)
            return try await respond(with: page, abort, abort.response, request, in: hooks)
        }
        if let answer = (error as? any ResponseError)?.response { return try await hooks.decorate(answer, request) }
        // The server has an answer of its own to everybody, by what each client likes.
        guard explains || hooks.problems == .always, !Self.isClients(error) else { throw error }
        request.logger.error("\(request.method.rawValue) \(SecretNames.defaults.redacted(request.target)): \(error)")
        var page = ErrorPage(status: .internalServerError, "", request)
        if explains {
            page.message = ErrorExplanation(error).message
            page.kind = "\(type(of: error))"
        }
        return try await respond(with: page, error, Response(status: .internalServerError), request, in: hooks)
    }

    /// Whether it follows from what the client did, which the server knows.
    private static func isClients(_ error: any Error) -> Bool {
        error is CancellationError || error is ClientDisconnected
    }

    func notFound(_ request: Request, in hooks: ErrorHooks) async throws -> Response {
        if request.method == .options, request.target == "*" { return Response(status: .noContent) }
        var page = ErrorPage(status: .notFound, "", request)
        if explains {
            let path = request.path
            page.message = "Nothing answers at \(path)."
            let near = router.common.suggestions(for: path)
            if let best = near.first {
                page.message += " Did you mean \(best.path)?"
                if !best.methods.isEmpty { page.message += " It answers \(Self.list(best.methods))." }
            }
            let others = near.dropFirst().map { "\($0.path) (\(Self.list($0.methods)))" }
            if !others.isEmpty { page.hints = ["Similar are \(others.joined(separator: ", "))."] }
            page.sections = [routeTable]
        }
        return try await respond(with: page, nil, Response(status: .notFound), request, in: hooks)
    }

    func wrongMethod(
        _ allowed: [HTTPRequest.Method],
        _ request: Request,
        in hooks: ErrorHooks
    ) async throws -> Response {
        var methods = Set(allowed.map(\.rawValue))
        if methods.contains("GET") { methods.insert("HEAD") }
        methods.insert("OPTIONS")
        let allow = methods.sorted().joined(separator: ", ")
        let headers = Headers([(.allow, allow)])
        if request.method == .options { return Response(status: .noContent, headers: headers) }
        var page = ErrorPage(status: .methodNotAllowed, "", request)
        if explains {
            page.message = "\(request.path) does not answer \(request.method.rawValue). It answers \(allow)."
            page.sections = [routeTable]
        }
        let answer = Response(status: .methodNotAllowed, headers: headers)
        return try await respond(with: page, nil, answer, request, in: hooks)
    }

    /// 308 keeps method and body (RFC 9110 section 15.4.9). Clients that do not know it lose the form, so one that was sent to such
    /// an address is explained in development, as Flask does.
    func redirect(to path: [UInt8], _ request: Request) -> Response {
        var target = Array(request.mountBytes) + path
        if let query = request.head.query { target += [UInt8(ascii: "?")] + request.head.slice(query) }
        let location = URLText.escaping(target)
        var response = Response(status: .permanentRedirect, headers: Headers([(.location, location)]))
        guard explains, ![.get, .head, .options].contains(request.method) else { return response }
        let canonical = location.prefix { $0 != "?" }
        let text =
            "\(request.method.rawValue) \(request.path) is redirected to \(canonical), which is the address of the route. Clients send what they "
            + "have sent once more, and old ones send nothing: write \(canonical) in the form or the program."
        request.logger.warning("\(text)")
        response.headers.append(.contentType, ErrorFormat.text.contentType)
        response.body = .bytes(ByteBuffer(string: text + "\n\nThis text is shown in development only.\n"))
        return response
    }

    /// - Parameters:
    ///   - error: what is explained; nil if the page says all.
    ///   - bare: the status and the fields of the answer.
    private func respond(
        with page: ErrorPage,
        _ error: (any Error)?,
        _ bare: Response,
        _ request: Request,
        in hooks: ErrorHooks
    ) async throws -> Response {
        if hooks.hasPage(for: bare.status) { return try await hooks.decorate(bare, request) }
        let format = hooks.problems == .always ? .problem : ErrorFormat(accept: request.headers[.accept])
        var page = page
        // On a terminal, what is wrong with a request is one sentence.
        let isSentence = format == .text && error != nil && bare.status.code < 500
        if explains, !isSentence {
            if let error { explain(error, to: &page, request) }
            page.remark = Self.remark
        }
        var response = bare
        response.headers[.contentType] = format.contentType
        if hooks.problems != .always { response.headers.append(.vary, "Accept") }
        if format == .html { response.headers.append("Content-Security-Policy", HTMLPage.policy) }
        if explains { response.headers[.cacheControl] = "no-store" }
        response.body = .bytes(ByteBuffer(string: page.rendered(as: format)))
        return response
    }

    private func explain(_ error: any Error, to page: inout ErrorPage, _ request: Request) {
        let explanation = ErrorExplanation(error)
        page.hints += explanation.hints
        page.sections += explanation.sections
        switch router.match(request) {
        case .found(let endpoint, let values):
            guard routes.indices.contains(endpoint.number) else { break }
            page.sections.append(
                routes[endpoint.number].section(
                    values: values.suffix(routes[endpoint.number].parameters.count),
                    wasThrown: page.kind != nil
                )
            )
        case .mounted(let endpoint, _):
            guard routes.indices.contains(endpoint.number) else { break }
            page.sections.append(routes[endpoint.number].section(values: [], wasThrown: false))
        case .redirect, .wrongMethod, .notFound: break
        }
        page.sections += request.sections
    }

    private static func list(_ methods: [HTTPRequest.Method]) -> String {
        methods.map(\.rawValue).joined(separator: ", ")
    }

    /// More are not shown: a page is for reading.
    private static let most = 200

    private var routeTable: ErrorPage.Section {
        let rows = RouteTable(Array(routes.prefix(Self.most))).rows
        guard rows.count > 1 else { return ErrorPage.Section("Routes", [.note("The app has none.")]) }
        let rest = routes.count - Self.most
        return ErrorPage.Section("Routes", [.table(rows)] + (rest > 0 ? [.note("And \(rest) more.")] : []))
    }
}

extension ErrorPage {
    fileprivate init(status: HTTPResponse.Status, _ message: String, _ request: Request) {
        self.init(status: status.code, title: status.usualReason, message: message, request: request.id)
    }
}
