import MartletBytes
import MartletServer
import MartletSettings
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

    /// Reads a table of settings: what is there changes the root, what is wrong the document knows.
    func read<Root>(_ settings: [Setting<Root>], into root: inout Root) {
        for setting in settings {
            declare(setting)
            let given = setting.format.inFile == .table ? pairs(setting) : values(setting)
            report(given)
            given.map(\.change).apply(to: &root)
        }
    }

    private struct Given<Root: Sendable> {
        let change: SettingChange<Root>
        let place: TextPlace
    }

    /// How something that may be a table is written.
    enum Form {
        case missing
        case truth(Bool)
        /// A text, a number, or a list: in short for the table with one setting.
        case value
        case table
    }

    func form(of key: String) -> Form {
        if !known.contains(key) { known.append(key) }
        guard let node = table[key] else { return .missing }
        if let isOn = node.bool { return .truth(isOn) }
        return node.table == nil ? .value : .table
    }

    /// Reads a setting whose value stands at another key.
    func read<Root>(_ setting: Setting<Root>, at key: String, into root: inout Root) {
        let given = values(setting, at: key)
        report(given)
        given.map(\.change).apply(to: &root)
    }

    /// The values of a setting: one, or a list where it can have several.
    private func values<Root>(_ setting: Setting<Root>, at key: String? = nil) -> [Given<Root>] {
        let key = key ?? setting.key
        guard let node = table[key] else { return [] }
        let path = path + [key]
        guard setting.format.repeats, let list = node.array else {
            return change(of: node, setting, at: path).map { [$0] } ?? []
        }
        if list.isEmpty {
            document.add(document.places.place(of: path), "\(setting.key): the list is empty; leave it out")
        }
        return list.enumerated().compactMap { change(of: $1, setting, at: path + [String($0)]) }
    }

    /// The pairs of a setting that is `KEY=VALUE` on the command line and a table here.
    private func pairs<Root>(_ setting: Setting<Root>) -> [Given<Root>] {
        guard let inner = inner(setting.key) else { return [] }
        return inner.keys.compactMap { key in
            let place = document.places.place(of: inner.path + [key])
            if key.contains("=") {
                document.add(document.places.key(inner.path + [key]), "a name has no '=' in it")
                return nil
            }
            guard let text = inner.table[key]?.string else {
                document.add(place, "\(inner.path.dotted).\([key].dotted) is not a text; write it in quotes")
                return nil
            }
            return change(setting, at: inner.path + [key], place) { (expand) throws(SettingError) in
                setting.format.relative("\(key)=\(try expand(text))", document.folder)
            }
        }
    }

    private func report<Root>(_ given: [Given<Root>]) {
        guard let (index, conflict) = given.map(\.change).conflict() else { return }
        switch conflict {
        case .twice(let value, let first):
            let line = given[first].place.line
            document.add(given[index].place, "\(value) is there twice; the other one is in line \(line)")
        case .notAlone(let word):
            document.add(
                given[index].place,
                "\(given[index].change.key): '\(word)' stands alone; leave it out, or the others"
            )
        }
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

    /// A text that stands where a table may stand as well; nil if there is none.
    func text(_ key: String) -> String? {
        if !known.contains(key) { known.append(key) }
        return table[key]?.string
    }

    /// Reports the keys that nothing has asked for.
    ///
    /// - Parameter elsewhere: keys that are right in other tables, and which ones.
    func refuseTheRest(elsewhere: [String: String] = [:]) {
        for key in table.keys where !known.contains(key) {
            // Of what may be a table without a header of its own.
            let place = document.places.table(path + [key])
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

    /// Keys that are no error here, although nothing asks for them.
    func tolerate(_ keys: [String]) { for key in keys where !known.contains(key) { known.append(key) } }

    private func declare<Root>(_ setting: Setting<Root>) {
        guard !known.contains(setting.key) else { return }
        known.append(setting.key)
        if setting.name != setting.key { flags[setting.name] = setting.key }
    }
}

// MARK: - One value

extension ConfigurationTable {
    private func change<Root>(
        of node: some TOMLValueConvertible,
        _ setting: Setting<Root>,
        at path: [String]
    ) -> Given<Root>? {
        change(setting, at: path, document.places.place(of: path)) { (expand) throws(SettingError) in
            setting.format.relative(try expand(try Self.text(of: node, for: setting)), document.folder)
        }
    }

    /// - Parameter text: makes the text of the value; its argument puts in what the value takes from elsewhere.
    private func change<Root>(
        _ setting: Setting<Root>,
        at path: [String],
        _ place: TextPlace,
        _ text: ((String) throws(SettingError) -> String) throws(SettingError) -> String
    ) -> Given<Root>? {
        var interpolation: Interpolation?
        do throws(SettingError) {
            let text = try text { (raw) throws(SettingError) in
                let own = try Interpolation(raw, folder: document.folder)
                interpolation = own
                return own.text
            }
            if let interpolation { document.note(interpolation, at: path, isShown: setting.isShown) }
            return Given(change: try setting.change(parsing: text), place: place)
        } catch {
            let message = "\(setting.key): \(error)"
            document.add(place, interpolation?.secrets.masked(message) ?? message)
            return nil
        }
    }

    /// The value as it would be written on the command line, if its type is that of the setting.
    private static func text<Root>(of node: some TOMLValueConvertible, for setting: Setting<Root>) throws(SettingError)
        -> String
    {
        switch (setting.format.inFile, node.type) {
        case (.text, .string), (.quantity, .string):
            return node.string ?? ""
        case (.quantity, .int):
            // The same words as on the command line: a unit is missing.
            _ = try setting.change(parsing: String(node.int ?? 0))
            throw SettingError(description: "write it in quotes, with its unit")
        case (.quantity, _):
            throw SettingError(description: "it is a number with its unit, in quotes")
        case (.text, _) where setting.format.repeats:
            throw SettingError(description: "it is a text, or a list of texts; write each of them in quotes")
        case (.text, .array):
            throw SettingError(description: "it is one text, not a list; it takes \(setting.format.accepts)")
        case (.text, _), (.table, _):
            throw SettingError(description: "it is a text; write it in quotes")
        case (.number, .int):
            return String(node.int ?? 0)
        case (.number, .string):
            let text = node.string ?? ""
            if Int(text) != nil { throw SettingError(description: "it is a number; write it without quotes") }
            return text
        case (.number, _):
            throw SettingError(description: "it is a whole number")
        case (.fraction, .double):
            return "\(node.double ?? 0)"
        case (.fraction, .int):
            return String(node.int ?? 0)
        case (.fraction, _):
            throw SettingError(description: "it is a number, without quotes")
        case (.truth, .bool):
            return node.bool == true ? "on" : "off"
        case (.truth, _):
            throw SettingError(description: "it is true or false, without quotes")
        }
    }
}

extension Setting {
    /// Addresses are shown wherever they come from, and numbers and words are no secrets.
    fileprivate var isShown: Bool { key == "bind" || format.inFile != .text && format.inFile != .table }
}
