import MartletBytes
import TOMLKit

/// One table of a configuration file. What is asked for by its setting is known; what is left at the end is an error.
final class ConfigurationTable {
    let path: [String]
    private let table: TOMLTable
    private let document: ConfigurationDocument
    private var known: [String] = []
    /// Flags that are named differently here.
    private var flags: [String: String] = [:]

    init(_ table: TOMLTable, path: [String], in document: ConfigurationDocument) {
        self.table = table
        self.path = path
        self.document = document
    }

    var keys: [String] { table.keys }

    /// The value of a setting, or nil where it is not there or is wrong; the document knows the latter.
    ///
    /// - Parameter prepare: what is done to the text before the setting takes it, such as putting a folder before a path.
    func value<Value>(_ setting: CommandSetting<Value>, prepare: (String) -> String = { $0 }) -> Value? {
        declare(setting)
        guard let node = table[setting.key] else { return nil }
        return value(of: node, setting, at: path + [setting.key], prepare)
    }

    /// The values of a setting that can have several: one text, or a list of them.
    func values<Value>(_ setting: CommandSetting<Value>, prepare: (String) -> String = { $0 }) -> [(Value, TextPlace)]?
    {
        declare(setting)
        guard let node = table[setting.key] else { return nil }
        let path = path + [setting.key]
        guard let list = node.array else {
            return value(of: node, setting, at: path, prepare).map { [($0, document.places.place(of: path))] }
        }
        if list.isEmpty {
            document.add(document.places.place(of: path), "\(setting.key): the list is empty; leave it out")
        }
        return list.enumerated().compactMap { index, node in
            let path = path + [String(index)]
            return value(of: node, setting, at: path, prepare).map { ($0, document.places.place(of: path)) }
        }
    }

    /// The pairs of a setting that is `KEY=VALUE` on the command line and a table here.
    func pairs(_ setting: CommandSetting<[String: String]>) -> [String: String]? {
        declare(setting)
        guard let inner = inner(setting.key) else { return nil }
        var pairs: [String: String] = [:]
        for key in inner.keys {
            let place = document.places.place(of: inner.path + [key])
            if key.contains("=") {
                document.add(document.places.key(inner.path + [key]), "the name of a variable has no '=' in it")
                continue
            }
            guard let text = inner.table[key]?.string else {
                document.add(place, "\(inner.path.dotted).\([key].dotted) is not a text; write it in quotes")
                continue
            }
            do {
                pairs.merge(try setting.parse("\(key)=\(text)")) { $1 }
            } catch {
                document.add(place, "\(setting.key): \(error)")
            }
        }
        return pairs
    }

    /// A table in this one; nil where there is none, which the document knows if something else has its name.
    func inner(_ key: String) -> ConfigurationTable? {
        if !known.contains(key) { known.append(key) }
        guard let node = table[key] else { return nil }
        guard let inner = node.table else {
            let path = (path + [key]).dotted
            document.add(
                document.places.key(self.path + [key]),
                "\(path) is a table: [\(path)], and its settings below it"
            )
            return nil
        }
        return ConfigurationTable(inner, path: path + [key], in: document)
    }

    /// Reports the keys that nothing has asked for.
    ///
    /// - Parameter elsewhere: keys that are right in other tables, and which ones.
    func refuseTheRest(elsewhere: [String: String] = [:]) {
        for key in table.keys where !known.contains(key) {
            let place = document.places.key(path + [key])
            let home = path.isEmpty ? "" : " in [\(path.dotted)]"
            document.add(place, "there is no setting '\(key)'\(home)\(advice(key, elsewhere))")
        }
    }

    private func advice(_ key: String, _ elsewhere: [String: String]) -> String {
        if let name = flags[key] { return "; did you mean '\(name)'?" }
        if let home = elsewhere[key] { return "; it belongs \(home)" }
        if let near = NearMatch.closest(to: key, among: known) { return "; did you mean '\(near)'?" }
        return "; there are \(known.sorted().joined(separator: ", "))"
    }

    private func declare<Value>(_ setting: CommandSetting<Value>) {
        guard !known.contains(setting.key) else { return }
        known.append(setting.key)
        if setting.name != setting.key { flags[setting.name] = setting.key }
    }
}

// MARK: - One value

extension ConfigurationTable {
    private func value<Value>(
        of node: some TOMLValueConvertible,
        _ setting: CommandSetting<Value>,
        at path: [String],
        _ prepare: (String) -> String
    ) -> Value? {
        do {
            return try setting.parse(prepare(try Self.text(of: node, for: setting)))
        } catch {
            document.add(document.places.place(of: path), "\(setting.key): \(error)")
            return nil
        }
    }

    /// The value as it would be written on the command line, if its type is that of the setting.
    private static func text<Value>(of node: some TOMLValueConvertible, for setting: CommandSetting<Value>) throws
        -> String
    {
        switch (setting.form, node.type) {
        case (.text, .string), (.quantity, .string):
            return node.string ?? ""
        case (.quantity, .int):
            // The same words as on the command line: a unit is missing.
            _ = try setting.parse(String(node.int ?? 0))
            throw SettingError(description: "write it in quotes, with its unit")
        case (.quantity, _):
            throw SettingError(description: "it is a number with its unit, in quotes")
        case (.text, _):
            throw SettingError(description: "it is a text; write it in quotes")
        case (.number, .int):
            return String(node.int ?? 0)
        case (.number, .string):
            let text = node.string ?? ""
            if Int(text) != nil { throw SettingError(description: "it is a number; write it without quotes") }
            return text
        case (.number, _):
            throw SettingError(description: "it is a whole number")
        case (.flag, .bool):
            return node.bool == true ? "true" : "false"
        case (.flag, _):
            throw SettingError(description: "it is true or false, without quotes")
        }
    }
}
