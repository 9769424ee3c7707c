import MartletWSGI

/// What the command says and which code it exits with when it could not serve.
struct RunFailure {
    let text: String
    let status: ExitStatus
}

extension RunFailure {
    init(_ error: any Error, application: String) {
        if let importError = error as? ImportFailed {
            self.init(importAdvice: importError.advice, application: application)
        } else {
            self.init(text: "martlet: \(error)\n", status: .failure)
        }
    }

    /// The traceback is on standard error already; this is what comes after it.
    init(importAdvice: String, application: String) {
        self.init(text: "martlet: cannot serve \(application). \(importAdvice)\n", status: .importFailed)
    }
}
