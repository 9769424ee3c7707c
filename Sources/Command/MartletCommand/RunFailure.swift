import MartletWSGI

/// What the command says and which code it exits with when it could not serve.
struct RunFailure {
    let text: String
    let status: ExitStatus
}

extension RunFailure {
    init(_ error: any Error, application: String, directory: String) {
        if let importError = error as? ImportFailed {
            self.init(importAdvice: importError.advice, application: application, directory: directory)
        } else {
            self.init(text: "martlet: \(error)\n", status: .failure)
        }
    }

    /// The traceback is on standard error already; this is the sentence after it.
    init(importAdvice: String, application: String, directory: String) {
        let name = try? ApplicationName(parsing: application)
        let guess = name?.nearestModule(in: directory).map { " Did you mean '\($0)'?" } ?? ""
        self.init(
            text: "martlet: \(application) could not be imported. \(importAdvice)\(guess)\n",
            status: .importFailed
        )
    }
}
