/// How the settings of an application are written where they were given, for messages that say what to change: `--python PATH` on
/// a command line, `python = "PATH"` in a file.
package struct SettingNames: Sendable {
    private let write: @Sendable (PartialKeyPath<PythonConfiguration>, String?) -> String

    /// - Parameter write: the name of the setting of a field; with a value, how it is set to that.
    package init(write: @escaping @Sendable (PartialKeyPath<PythonConfiguration>, String?) -> String) {
        self.write = write
    }

    package func name(_ field: PartialKeyPath<PythonConfiguration>) -> String { write(field, nil) }

    package func assignment(_ field: PartialKeyPath<PythonConfiguration>, _ value: String) -> String {
        write(field, value)
    }

    /// For programs that fill in the fields themselves.
    package static let fields = SettingNames { field, value in
        let name = "\(field)".split(separator: ".").last.map(String.init) ?? ""
        return value.map { "\(name) = \"\($0)\"" } ?? name
    }
}

extension SettingNames {
    /// The settings that a worker's advice can speak of. It writes them in braces, for it does not know how they were given.
    private static var marked: [(mark: String, field: PartialKeyPath<PythonConfiguration>)] {
        [
            ("{python}", \.python), ("{directory}", \.directory), ("{start-timeout}", \.startTimeout),
            ("{preload}", \.preload),
        ]
    }

    func rendered(_ advice: String) -> String {
        guard advice.contains("{") else { return advice }
        return Self.marked.reduce(advice) { $0.replacing($1.mark, with: name($1.field)) }
    }
}
