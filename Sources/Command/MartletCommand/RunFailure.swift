import MartletWSGI

/// What the command says and which code it exits with when it could not serve.
struct RunFailure {
    let text: String
    let status: ExitStatus

    init(_ error: any Error, application: String, directory: String) {
        guard let importError = error as? ImportFailed else {
            text = "martlet: \(error)\n"
            status = .failure
            return
        }
        let name = try? ApplicationName(parsing: application)
        let guess = name?.nearestModule(in: directory).map { " Did you mean '\($0)'?" } ?? ""
        text = "martlet: \(application) could not be imported. \(importError.advice)\(guess)\n"
        status = .importFailed
    }
}
