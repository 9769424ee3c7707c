import MartletServer
import MartletSettings
import MartletWSGI

extension SettingNames {
    /// `--python PATH`
    static let flags = SettingNames { field, value in
        guard let setting = row(of: field) else { return SettingNames.fields.name(field) }
        let flag = setting.format.isArgument ? setting.name : "--\(setting.name)"
        return value.map { "\(flag) \($0)" } ?? flag
    }

    /// `python = "PATH"`
    static let keys = SettingNames { field, value in
        guard let setting = row(of: field) else { return SettingNames.fields.name(field) }
        return value.map { "\(setting.key) = \"\($0)\"" } ?? "'\(setting.key)'"
    }

    private static func row(of field: PartialKeyPath<PythonConfiguration>) -> Setting<PythonConfiguration>? {
        PythonConfiguration.settings.first { $0.path == field }
    }
}

/// How settings were given: on the command line, or in a file.
enum SettingSource {
    case flags
    case file

    var names: SettingNames {
        switch self {
        case .flags: .flags
        case .file: .keys
        }
    }

    func bind(_ address: ListenAddress) -> String {
        switch self {
        case .flags: "--bind \(address)"
        case .file: "bind = \"\(address)\""
        }
    }
}
