import MartletWSGI

/// What can be known before anything starts: which Python each application gets, and whether its user can be had.
enum SiteCheck {
    /// The interpreters, in the order of the applications.
    ///
    /// - Throws: ``ConfigurationError`` with everything that is wrong.
    static func interpreters(
        of configuration: SiteConfiguration,
        in text: ConfigurationText
    ) throws(ConfigurationError) -> [Interpreter] {
        var interpreters: [Interpreter] = []
        var problems: [ConfigurationProblem] = []
        for application in configuration.applications {
            do {
                interpreters.append(try Interpreter.find(application.python, isOneOfSeveral: true))
            } catch {
                let place = error.isAboutUser ? application.userPlace : application.pythonPlace
                problems.append(ConfigurationProblem(place: place, message: Settings.keyNames(in: "\(error)")))
            }
        }
        if !problems.isEmpty { throw ConfigurationError(problems, in: text) }
        return interpreters
    }
}

extension InterpreterError {
    fileprivate var isAboutUser: Bool {
        switch self {
        case .user, .notReadable: true
        default: false
        }
    }
}

extension Settings {
    /// Advice of the layers below speaks of flags; in a file these are keys.
    static func keyNames(in advice: String) -> String {
        advice
            .replacing("--python PATH", with: "python = \"PATH\"")
            .replacing("--\(python.name)", with: "'\(python.key)'")
            .replacing("--\(directory.name)", with: "'\(directory.key)'")
    }
}
