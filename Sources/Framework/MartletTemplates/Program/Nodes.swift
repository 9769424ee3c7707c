/// A compiled expression.
protocol ExpressionNode: AnyObject, Sendable {
    func evaluate(_ frame: Frame) throws -> TemplateValue
}

/// A compiled tag or text.
protocol StatementNode: AnyObject, Sendable {
    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow
}

/// What comes after a statement.
enum Flow {
    case onwards
    case leaveLoop
    case nextRound
}

/// Statements one after the other.
struct Body: Sendable {
    /// A class, so that a reference to it need not be counted.
    private final class Box: Sendable {
        let node: any StatementNode

        init(_ node: any StatementNode) { self.node = node }
    }

    /// Keeps alive what `references` lead to.
    private let boxes: [Box]
    private let references: [Unmanaged<Box>]

    init(statements: [any StatementNode]) {
        boxes = statements.map { Box($0) }
        references = boxes.map { Unmanaged.passUnretained($0) }
    }

    @inline(__always)
    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        // To count a reference for every statement costs more than most statements.
        try references.withUnsafeBufferPointer { references in
            for index in references.indices {
                let flow = try references[index]._withUnsafeGuaranteedRef { try $0.node.execute(frame, &output) }
                if flow != .onwards { return flow }
            }
            return .onwards
        }
    }

    /// What the statements write.
    func text(_ frame: Frame) throws -> String {
        var output = Output(limit: frame.rendering.limits.output)
        _ = try execute(frame, &output)
        return output.text
    }
}

/// Gives the variables of a scope what they start with.
struct ScopeEntry: Sendable {
    enum Start: Sendable {
        case resolve(String)
        case copy(VariablePlace)
        case undefined
    }

    let starts: [(index: Int, start: Start)]

    var isEmpty: Bool { starts.isEmpty }

    @inline(__always)
    func run(_ frame: Frame) {
        for (index, start) in starts {
            switch start {
            case .resolve(let name): frame[index] = frame.context.resolve(name) ?? .undefined
            case .copy(let place): frame[index] = place.read(frame)
            case .undefined: frame[index] = .undefined
            }
        }
    }
}

/// A variable as it is seen from a function: of its own, or of one around it.
struct VariablePlace: Sendable {
    let hops: Int
    let index: Int

    @inline(__always)
    func read(_ frame: Frame) -> TemplateValue {
        hops == 0 ? frame[index] : frame.outer(hops)[index]
    }

    @inline(__always)
    func write(_ value: TemplateValue, _ frame: Frame) {
        if hops == 0 { frame[index] = value } else { frame.outer(hops)[index] = value }
    }
}
