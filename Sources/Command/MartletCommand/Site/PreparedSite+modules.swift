import MartletSettings
import MartletWSGI

extension PreparedSite {
    /// Of applications whose module is neither in their directory nor in their Python: a note, since it may come later.
    var missingModules: [String] {
        zip(site.routes, targets).compactMap { route, target in
            // A name that came from a file is said nowhere.
            guard let python = target as? PythonTarget,
                site.secrets.masked(python.configuration.application) == python.configuration.application,
                let name = try? ApplicationName(parsing: python.configuration.application),
                case .module(let module) = name.source, let top = module.split(separator: ".").first.map(String.init),
                let problem = Self.problem(with: top, python)
            else { return nil }
            return "\(route.name): \(problem)"
        }
    }

    /// Files of the directory are asked first, and Python only where they have no such module.
    private static func problem(with module: String, _ target: PythonTarget) -> String? {
        let directory = target.configuration.directory ?? "."
        // A link, an extension or a package of any kind: all begin with the name.
        let isThere = FileSystem.names(in: directory).contains { $0 == module || $0.hasPrefix(module + ".") }
        guard !isThere, FileSystem.kind(of: directory) == .folder,
            ModuleSearch.lacks(module, target.interpreter, target.configuration)
        else { return nil }
        return "there is no module '\(module)' in \(directory), and \(target.interpreter.path) has none"
    }
}
