/// A place in a template.
struct Place: Sendable {
    let source: TemplateSource
    let line: Int
    let column: Int

    /// What went wrong here. An error that has a place already keeps it: it happened further inside.
    func error(_ error: any Error, in frame: Frame? = nil) -> any Error {
        switch error {
        case let located as TemplateError: return located
        case var problem as TemplateProblem:
            if let undefined = problem.undefined, let frame { problem = undefined.problem(in: frame.context) }
            return TemplateError(problem.message, kind: problem.kind, at: self)
        default: return TemplateError("\(error)", kind: .runtime, at: self)
        }
    }

    func error(_ message: String, kind: TemplateError.Kind = .runtime) -> TemplateError {
        TemplateError(message, kind: kind, at: self)
    }

    /// Says of an error in another template how that was reached from here.
    func leading(_ action: String, to error: any Error) -> any Error {
        guard var located = error as? TemplateError, located.line > 0 else { return self.error(error) }
        // Where macros call each other without end, the first steps say it all.
        guard located.steps.count < 20 else { return located }
        located.steps.append(TemplateError.Step(action: action, template: source.name, line: line))
        return located
    }

    /// As `leading`, where a call within one template needs no word: the place of the error is in it.
    func leading(_ action: String, to error: any Error, isSame source: TemplateSource) -> any Error {
        guard let located = error as? TemplateError, located.template != source.name else { return error }
        return leading(action, to: error)
    }
}
