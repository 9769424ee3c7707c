internal import MartletProcesses

extension ChildIdentity {
    /// What an application's Python has that is not the server's own.
    init(_ configuration: PythonConfiguration) throws(ChildUserError) {
        self.init(variables: configuration.environment)
        if let name = configuration.user { user = try ChildUser(name) }
    }
}
