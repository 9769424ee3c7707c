internal import Glibc
internal import MartletProcesses

/// Whether a Python has a module. It is looked for, not imported.
package enum ModuleSearch {
    private static let patience = Duration.seconds(10)

    /// A package of several folders, or one that a tool for development makes up, is found as Python finds it.
    private static let code = """
        import importlib.util, sys
        sys.stdout.write("lacks" if importlib.util.find_spec(sys.argv[1]) is None else "has")
        """

    /// Whether it surely has none: where that is not certain, it is false.
    ///
    /// - Parameter module: the first part of its name.
    package static func lacks(
        _ module: String,
        _ interpreter: Interpreter,
        _ configuration: PythonConfiguration
    ) -> Bool {
        // What another user has, or what variables add, is not seen from here.
        guard configuration.user == nil, !configuration.environment.keys.contains(where: { $0.hasPrefix("PYTHON") }),
            let script = try? WorkerLaunch.memoryFile(of: Array(code.utf8))
        else { return false }
        defer { close(script) }
        let words = ["/dev/fd/\(script)", module]
        guard
            case .printed("lacks") = ChildProcess.output(
                of: interpreter.path,
                words,
                inherited: [script],
                within: patience
            )
        else { return false }
        return true
    }
}
