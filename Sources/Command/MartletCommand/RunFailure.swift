import MartletServer
import MartletSettings
import MartletWSGI
import NIOCore

/// What the command says and which code it exits with when it could not serve.
struct RunFailure {
    let text: String
    let status: ProgramExit
}

extension RunFailure {
    init(_ error: any Error, application: String) {
        if let failed = error as? SiteStartFailure, let first = failed.failures.first {
            self.init(first.error, application: application)
        } else if let importError = error as? ImportFailed {
            self.init(importAdvice: importError.advice, application: application)
        } else {
            self.init(text: Self.sentence(error, .flags), status: .failure)
        }
    }

    private static func sentence(_ error: any Error, _ source: SettingSource) -> String {
        if let inUse = error as? AddressInUse { return "martlet: \(inUse.text(source.bind))\n" }
        guard let refused = error as? IOError else { return "martlet: \(error)\n" }
        // SwiftNIO's text has one bracket too many.
        let reason = "\(refused)".replacing(") (errno", with: " (errno")
        return "martlet: The system does not give what is needed to start: \(reason).\n"
    }

    /// The traceback is on standard error already; this is what comes after it.
    init(importAdvice: String, application: String) {
        self.init(text: "martlet: cannot serve \(application). \(importAdvice)\n", status: .importFailed)
    }
}

// MARK: - Of a site

extension RunFailure {
    /// - Parameter file: the configuration file, as the person knows it.
    init(_ error: any Error, in file: String) {
        switch error {
        case let problems as ConfigurationError: self.init(text: "\(problems)", status: .failure)
        case let failed as SiteStartFailure:
            let isImport = failed.failures.contains { $0.error is ImportFailed }
            self.init(
                text: failed.failures.map { Self.sentence($0, in: file) }.joined(),
                status: isImport ? .importFailed : .failure
            )
        default: self.init(text: Self.sentence(error, .file), status: .failure)
        }
    }

    private static func sentence(_ failure: SiteStartFailure.Failure, in file: String) -> String {
        let route = failure.route
        return "martlet: cannot serve \(route.target.name) at \(route.name) (\(file):\(route.places.table.line)). "
            + "\(failure.error)\n"
    }
}
