internal import MartletPages
internal import MartletTemplates

/// What is known of an error beyond its text: what to do next, and where it is from.
struct ErrorExplanation {
    private(set) var message: String
    private(set) var hints: [String] = []
    private(set) var sections: [ErrorPage.Section] = []

    init(_ error: any Error) {
        message = "\(error)"
        switch error {
        case let error as TemplateError: explain(error)
        case let error as DecodingError:
            message = JSONCoding.sentence(error)
            hints = [
                "What a client sends is decoded by request.json(as:) or request.decode(), which answer 400 with this text. This was decoded by other means."
            ]
        case let error as EncodingError: explain(error)
        case let error as RegistrationError:
            message = "The app cannot start."
            sections = [ErrorPage.Section("Faults", error.faults.map { .note($0) })]
        case is URLBuildingError:
            hints = ["`routes` behind the name of the program lists the names, and what their patterns take."]
        case let abort as Abort: explain(abort)
        case is NoTemplates, is UnknownParameter: break
        default:
            if "\(error)" == "\(Swift.type(of: error))()" {
                hints = ["An error that is CustomStringConvertible is told here in its own words."]
            }
        }
    }

    private mutating func explain(_ error: TemplateError) {
        message = error.message
        guard error.line > 0 else { return }
        var parts: [ErrorPage.Part] = []
        let place = "\(error.path ?? error.template):\(error.line):\(error.column)"
        parts.append(.note(place))
        parts.append(.text(error.excerpt))
        parts += error.steps.map { .note("\($0.action) by \($0.template):\($0.line)") }
        sections = [ErrorPage.Section("Template", parts)]
    }

    private mutating func explain(_ error: EncodingError) {
        guard case .invalidValue(let value, let context) = error else { return }
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        message = "\(path.isEmpty ? "" : "`\(path)`: ")\(context.debugDescription)"
        hints = ["The value is of the type \(Swift.type(of: value))."]
    }

    /// One that the framework throws itself has no place of interest.
    private mutating func explain(_ abort: Abort) {
        let file = "\(abort.file)"
        guard !file.hasPrefix("MartletFramework/") else { return }
        let line = Int(clamping: abort.line)
        let excerpt = SourceFinder.excerpt(file: file, line: line)
        sections = [
            ErrorPage.Section("Thrown", [excerpt.map { .excerpt($0) } ?? .note("It was made at \(file):\(line).")])
        ]
    }
}
