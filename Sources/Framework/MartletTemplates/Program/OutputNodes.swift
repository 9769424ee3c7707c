/// Text of the template.
final class TextNode: StatementNode {
    let bytes: [UInt8]
    let place: Place

    init(_ text: String, at place: Place) {
        bytes = Array(text.utf8)
        self.place = place
    }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        do { try output.writeRaw(bytes) } catch { throw place.error(error) }
        return .onwards
    }
}

/// `{{ value }}`
final class PrintNode: StatementNode {
    let value: any ExpressionNode
    let place: Place

    init(_ value: any ExpressionNode, at place: Place) {
        self.value = value
        self.place = place
    }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        let value = try value.evaluate(frame)
        do { try output.write(value) } catch { throw place.error(error) }
        return .onwards
    }
}

/// What a template writes outside of blocks: nothing any more once it extends another one.
final class UnextendedNode: StatementNode {
    let body: Body

    init(_ body: Body) { self.body = body }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        frame.top.extended == nil ? try body.execute(frame, &output) : .onwards
    }
}

/// `{% do value %}`
final class EvaluationNode: StatementNode {
    let value: any ExpressionNode

    init(_ value: any ExpressionNode) { self.value = value }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        _ = try value.evaluate(frame)
        return .onwards
    }
}

/// `{% break %}` and `{% continue %}`
final class FlowNode: StatementNode {
    let flow: Flow

    init(_ flow: Flow) { self.flow = flow }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow { flow }
}
