/// A description of an app for programs (OpenAPI 3.1), made from its routes and their types.
struct OpenAPIDocument {
    let title: String
    let version: String
    /// The path that the app is mounted under, or a slash.
    let server: String
    let routes: [RouteDescription]

    var value: OpenAPIValue {
        let recorder = SchemaRecorder()
        var paths = Paths()
        for route in routes where route.kind == .route { paths.add(route, recorder) }
        var schemas = recorder.components
        schemas["Problem"] = Self.problem
        return [
            "openapi": "3.1.0",
            "info": ["title": .string(title), "version": .string(version)],
            "servers": [["url": .string(server)]],
            "paths": .object(paths.items.mapValues { .object($0) }),
            "components": ["schemas": .object(schemas)],
        ]
    }

    /// RFC 9457 section 3.1, and what this server adds.
    private static let problem: OpenAPIValue = [
        "type": "object",
        "properties": [
            "type": ["type": "string", "format": "uri-reference"],
            "title": ["type": "string"],
            "status": ["type": "integer"],
            "detail": ["type": "string"],
            "instance": ["type": "string", "format": "uri-reference"],
            "request": ["type": "string"],
        ],
        "required": ["type", "title", "status"],
    ]

    /// The methods that a path may describe (section 4.8.9).
    private static let methods: Set<String> = [
        "GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE",
    ]

    private struct Paths {
        var items: [String: [String: OpenAPIValue]] = [:]
        private var shapes: [String: (path: String, names: [String])] = [:]
        private var operations: Set<String> = []

        /// Two paths that differ in the names of their parameters alone are one, which is the first (section 4.8.8); a method that it
        /// has already is left out.
        mutating func add(_ route: RouteDescription, _ recorder: SchemaRecorder) {
            guard let pattern = try? RoutePattern(parsing: route.pattern) else { return }
            let own = Self.text(pattern) { "{\($0)}" }
            let (path, names) = shapes[Self.text(pattern) { _ in "{}" }] ?? (own, route.parameters.map(\.name))
            shapes[Self.text(pattern) { _ in "{}" }] = (path, names)
            for method in route.methods where methods.contains(method) {
                guard items[path]?[method.lowercased()] == nil else { continue }
                var operation = Operation(route: route, names: names).members(recorder)
                operation["operationId"] = .string(identifier(route, method, path))
                items[path, default: [:]][method.lowercased()] = .object(operation)
            }
        }

        /// It has to be unique in the document.
        private mutating func identifier(_ route: RouteDescription, _ method: String, _ path: String) -> String {
            let name = route.name ?? "\(method.lowercased()) \(path)"
            let own = operations.contains(name) ? "\(name) \(method.lowercased())" : name
            operations.insert(own)
            return own
        }

        private static func text(_ pattern: RoutePattern, _ parameter: (String) -> String) -> String {
            pattern.segments.map { segment in
                switch segment {
                case .text(let bytes): "/" + String(decoding: bytes, as: UTF8.self)
                case .parameter(let known, let prefix, let suffix):
                    "/" + String(decoding: prefix, as: UTF8.self) + parameter(known.name)
                        + String(decoding: suffix, as: UTF8.self)
                }
            }
            .joined()
        }
    }

    private struct Operation {
        let route: RouteDescription
        /// Of the parameters, in their order.
        let names: [String]

        func members(_ recorder: SchemaRecorder) -> [String: OpenAPIValue] {
            var members: [String: OpenAPIValue] = ["responses": responses(recorder)]
            if let blueprint = route.blueprint { members["tags"] = [.string(blueprint)] }
            if !names.isEmpty {
                members["parameters"] = .array(zip(names, route.parameters).map(Self.parameter))
            }
            if let body = route.types.body {
                let media: OpenAPIValue = ["schema": recorder.schema(of: body)]
                members["requestBody"] = [
                    "required": .bool(true),
                    "content": ["application/json": media, "application/x-www-form-urlencoded": media],
                ]
            }
            return members
        }

        private static func parameter(_ name: String, _ parameter: RouteDescription.Parameter) -> OpenAPIValue {
            ["name": .string(name), "in": "path", "required": .bool(true), "schema": schema(parameter.converter)]
        }

        private static func schema(_ converter: String) -> OpenAPIValue {
            switch converter {
            case "int": return ["type": "integer", "minimum": .int(0)]
            case "float": return ["type": "number", "minimum": .int(0)]
            case "uuid": return ["type": "string", "format": "uuid"]
            case "path": return ["type": "string", "description": "It may contain slashes."]
            case let any where any.hasPrefix("any("):
                let words = any.dropFirst(4).dropLast().split(separator: ",").map { OpenAPIValue.string(String($0)) }
                return ["type": "string", "enum": .array(words)]
            default: return ["type": "string"]
            }
        }

        private func responses(_ recorder: SchemaRecorder) -> OpenAPIValue {
            func problem(_ description: String) -> OpenAPIValue {
                [
                    "description": .string(description),
                    "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
                ]
            }
            guard let answer = route.types.answer.flatMap(AnswerDocumentation.init(of:)) else {
                return ["default": ["description": "What the handler makes, which its type does not say."]]
            }
            var responses: [String: OpenAPIValue] = [
                "200": [
                    "description": "OK",
                    "content": .object([answer.mediaType: ["schema": recorder.schema(of: answer.type)]]),
                ],
                "default": problem("An error."),
            ]
            if answer.isOptional { responses["404"] = problem("There is none.") }
            return .object(responses)
        }
    }
}
