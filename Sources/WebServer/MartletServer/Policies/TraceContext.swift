/// What is done about the trace context that requests bring (`traceparent`, W3C Trace Context). One that is not valid is removed
/// in any case.
public enum TraceContext: String, Sendable, Hashable, CaseIterable {
    /// It is passed on and logged.
    case pass
    /// The same, and a request without one begins a trace here.
    case create
    /// It is removed: clients are not to say what is traced.
    case drop
}
