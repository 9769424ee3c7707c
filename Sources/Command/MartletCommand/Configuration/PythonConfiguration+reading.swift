import MartletServer
import MartletSettings
import MartletWSGI

extension PythonConfiguration {
    private static let applicationKey = settings.first { $0.path == \PythonConfiguration.application }?.key ?? ""

    init(reading table: ConfigurationTable, _ document: ConfigurationDocument) {
        self = .defaults
        names = .keys
        directory = document.folder
        table.read(Self.settings, into: &self)
        if let problem {
            document.add(document.places.place(of: table.path + ["workers-min"]), "workers-min: \(problem)")
        }
        guard !application.isEmpty else { return }
        do {
            try ApplicationName(parsing: application).check(in: directory ?? ".")
        } catch {
            let key = Self.applicationKey
            document.add(document.places.place(of: table.path + [key]), "\(key): \(error)")
        }
    }
}
