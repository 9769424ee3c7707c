internal import HTTPTypes
internal import MartletForms
internal import MartletGateway
internal import MartletSessions
internal import MartletTemplates

/// What every page of an app knows besides its values. The names are Flask's.
enum PageGlobals {
    static func of(_ request: Request) -> [String: TemplateValue] {
        [
            "request": .object(RequestObject(request)),
            "session": .object(SessionObject(request)),
            "url_for": .function("url_for") { arguments in
                .string(try url(arguments, of: request))
            },
            "get_flashed_messages": .function("get_flashed_messages") { arguments in
                try flashes(arguments, of: request.session)
            },
        ]
    }

    /// `url_for("user", id=7, _anchor="top", _external=true)`. What is not in the pattern becomes the query.
    private static func url(_ arguments: TemplateArguments, of request: Request) throws -> String {
        guard let name = try arguments.required(0, "endpoint").string else {
            throw TemplateProblem("url_for takes the name of a route")
        }
        var values: [String: any PathConvertible] = [:]
        var anchor: String?
        var isExternal = false
        for (key, value) in arguments.keywords where key != "endpoint" {
            switch key {
            case "_anchor":
                anchor = value.string
                continue
            case "_external":
                isExternal = arguments.bool(.max, "_external")
                continue
            default: break
            }
            switch value {
            case .undefined, .none: continue
            case .int(let number): values[key] = number
            case .double(let number): values[key] = number
            default: values[key] = value.string ?? "\(value)"
            }
        }
        do {
            return try request.url(for: name, values, anchor: anchor, external: isExternal)
        } catch {
            throw TemplateProblem("\(error)")
        }
    }

    /// `get_flashed_messages(with_categories=true, category_filter=["error"])`.
    private static func flashes(_ arguments: TemplateArguments, of session: RequestSession) throws -> TemplateValue {
        try arguments.check(["with_categories", "category_filter"])
        var categories: Set<String>?
        if case .array(let wanted)? = arguments.value(1, "category_filter"), !wanted.isEmpty {
            categories = Set(wanted.compactMap(\.string))
        }
        let withCategories = arguments.bool(0, "with_categories")
        return .array(
            session.takeFlashes(categories).map { flash in
                withCategories ? .tuple([.string(flash.category), .string(flash.text)]) : .string(flash.text)
            }
        )
    }
}

/// `request` in a page.
private final class RequestObject: TemplateObject {
    private let request: Request

    init(_ request: Request) { self.request = request }

    let typeName = "Request"
    let attributeNames = ["args", "cookies", "method", "mount_path", "path", "query", "scheme", "view_args"]

    func attribute(_ name: String) -> TemplateValue? {
        switch name {
        case "args": .dictionary(Self.dictionary(request.args))
        case "cookies": .dictionary(Self.dictionary(request.cookies))
        case "method": .string(request.method.rawValue)
        case "mount_path": .string(request.mountPath)
        case "path": .string(request.path)
        case "query": .string(request.query)
        case "scheme": .string(request.scheme)
        case "view_args":
            .dictionary(
                TemplateDictionary(
                    zip(request.parameters.names, request.parameters.values).map { ($0, TemplateValue.string($1)) }
                )
            )
        default: nil
        }
    }

    /// Of a name that is there several times, the first value.
    private static func dictionary(_ values: MultiValues) -> TemplateDictionary {
        TemplateDictionary(values.names.map { ($0, .string(values[$0] ?? "")) })
    }
}

/// `session` in a page: `{{ session.user }}`. It is looked into when it is asked, so that a page which does not ask depends on no
/// cookie.
private final class SessionObject: TemplateObject {
    private let request: Request

    init(_ request: Request) { self.request = request }

    let typeName = "Session"

    func attribute(_ name: String) -> TemplateValue? {
        name == "get"
            ? .function("get") { [request] arguments in
                let name = try arguments.string(0, "key", default: "")
                return request.session[name].map(Self.value) ?? arguments.value(1, "default") ?? .none
            } : request.session[name].map(Self.value)
    }

    func element(_ key: TemplateValue) -> TemplateValue? { key.string.flatMap { request.session[$0].map(Self.value) } }

    private static func value(_ value: SessionValue) -> TemplateValue {
        switch value {
        case .null: .none
        case .bool(let bool): .bool(bool)
        case .int(let number): .int(number)
        case .double(let number): .double(number)
        case .string(let text): .string(text)
        case .array(let values): .array(values.map(Self.value))
        case .object(let values):
            .dictionary(TemplateDictionary(values.sorted { $0.key < $1.key }.map { ($0.key, Self.value($0.value)) }))
        }
    }
}
