#if Decorators
internal import MartletRoutePatterns

/// What a call of a decorated function is given for a parameter.
struct RouteArgument {
    enum Source {
        case path(RoutePattern.Parameter)
        case request
        case extraction
    }

    let parameter: RouteParameter
    let source: Source

    var placeholder: RoutePattern.Parameter? { if case .path(let placeholder) = source { placeholder } else { nil } }
    var isExtraction: Bool { if case .extraction = source { true } else { false } }
}
#endif
