/// A value of Python's literal grammar, as far as settings need it.
indirect enum PythonValue: Equatable, Sendable {
    case none
    case truth(Bool)
    case int(Int)
    case float(Double)
    case text(String)
    /// A list or a tuple.
    case list([PythonValue])
    case dict([PythonPair])

    struct PythonPair: Equatable, Sendable {
        let key: PythonValue
        let value: PythonValue
    }

    /// As it would be written on a command line; nil for what consists of parts.
    var word: String? {
        switch self {
        case .none: ""
        case .truth(let isOn): isOn ? "True" : "False"
        case .int(let number): "\(number)"
        case .float(let number): "\(number)"
        case .text(let text): text
        case .list, .dict: nil
        }
    }
}
