import ArgumentParser
package import MartletServer

/// The flags of a table of settings, for a command to have as an `@OptionGroup`: one for each row, none of them written down here.
///
/// ArgumentParser finds the flags of a type by looking at the properties of a value. Here they are what the table says.
package struct SettingFlags<Root: Configurable>: ParsableArguments, CustomReflectable {
    /// What the command line changes, in the order of the table.
    package private(set) var changes: [SettingChange<Root>] = []

    package init() {}

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: SettingKey.self)
        for setting in Root.settings where !setting.format.isArgument {
            let key = SettingKey(stringValue: setting.name)
            if setting.format.isSwitch {
                guard try values.decode(Flag<Bool>.self, forKey: key).wrappedValue else { continue }
                changes.append(try setting.change(parsing: "on"))
            } else if setting.format.repeats {
                changes += try values.decode(Option<[SettingChange<Root>]>.self, forKey: key).wrappedValue
            } else if let change = try values.decode(Option<SettingChange<Root>?>.self, forKey: key).wrappedValue {
                changes.append(change)
            }
        }
    }

    package func validate() throws {
        guard let (index, conflict) = changes.conflict() else { return }
        let flag = "--\(changes[index].name)"
        switch conflict {
        case .twice(let value, _): throw ValidationError("\(flag) \(value) is given twice")
        case .notAlone(let word): throw ValidationError("\(flag) \(word) stands alone: leave it out, or the others")
        }
    }

    package func apply(to root: inout Root) { changes.apply(to: &root) }

    /// The defaults with the changes of the command line.
    package var value: Root {
        var root = Root.defaults
        apply(to: &root)
        return root
    }

    package var customMirror: Mirror {
        Mirror(
            self,
            children: Root.settings.filter { !$0.format.isArgument }.map { (label: $0.name, value: $0.option) }
        )
    }
}

private struct SettingKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Setting where Root: Configurable {
    private var defaultOfFlag: String {
        let text = text(in: Root.flagDefaults)
        return text == self.text(in: Root.defaults) ? defaultText : text
    }

    fileprivate var option: Any {
        let flag = NameSpecification.customLong(name)
        if format.isSwitch { return Flag(wrappedValue: false, name: flag, help: ArgumentHelp("\(summary).")) }
        let help = ArgumentHelp("\(summary). (default: \(defaultOfFlag))", valueName: format.placeholder)
        if format.repeats {
            return Option<[SettingChange<Root>]>(
                wrappedValue: [],
                name: flag,
                help: help,
                completion: format.completion
            ) {
                try change(parsing: $0)
            }
        }
        return Option<SettingChange<Root>?>(wrappedValue: nil, name: flag, help: help, completion: format.completion) {
            try change(parsing: $0)
        }
    }
}
