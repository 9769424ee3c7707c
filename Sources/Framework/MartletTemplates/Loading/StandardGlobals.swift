import Synchronization

/// What every template knows: Jinja's globals, without `lipsum`.
enum StandardGlobals {
    static func values(_ limits: TemplateLimits) -> [String: TemplateValue] {
        [
            "range": .function("range") { .object(try RangeObject($0, limit: limits.range)) },
            "dict": .function("dict") { .map(TemplateMap(try Namespace.dictionary(of: $0))) },
            "namespace": .function("namespace") { .object(try Namespace($0)) },
            "cycler": .function("cycler") { .object(try Cycler($0)) },
            "joiner": .function("joiner") { .object(Joiner(try $0.string(0, "sep", default: ", "))) },
        ]
    }
}

/// `cycler(…)`: one of its items after the other.
final class Cycler: TemplateObject {
    private let items: [TemplateValue]
    private let position = Mutex(0)

    init(_ arguments: TemplateArguments) throws {
        guard !arguments.positional.isEmpty else { throw TemplateProblem("at least one item has to be provided") }
        items = arguments.positional
    }

    var typeName: String { "Cycler" }
    var attributeNames: [String] { ["next", "current", "reset"] }

    func attribute(_ name: String) throws -> TemplateValue? {
        switch name {
        case "current": items[position.withLock { $0 }]
        case "next":
            .function("next") { _ in
                self.items[
                    self.position.withLock { position in
                        defer { position = (position + 1) % self.items.count }
                        return position
                    }
                ]
            }
        case "reset":
            .function("reset") { _ in
                self.position.withLock { $0 = 0 }
                return .none
            }
        default: nil
        }
    }
}

/// `joiner(…)`: nothing the first time, then its separator.
final class Joiner: TemplateObject {
    private let separator: String
    private let isUsed = Mutex(false)

    init(_ separator: String) { self.separator = separator }

    var typeName: String { "Joiner" }
    var isCallable: Bool { true }

    func call(_ arguments: TemplateArguments) -> TemplateValue? {
        let wasUsed = isUsed.withLock { used in
            defer { used = true }
            return used
        }
        return .string(wasUsed ? separator : "")
    }
}
