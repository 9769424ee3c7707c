/// What a template may take. Above a limit, rendering ends with an error; nothing is cut off.
public struct TemplateLimits: Sendable {
    /// How many numbers `range()` may give: `MAX_RANGE` of Jinja's sandbox.
    public var range = 100_000
    /// How deep macros, includes, blocks and recursive loops may call each other. CPython's recursion limit of 1,000 ends
    /// Jinja at about a third of that; here a level takes some kilobytes of the thread's stack.
    public var depth = 100
    /// How many rounds all loops of a rendering may make together. Jinja has no limit; its sandbox bounds the ranges.
    public var iterations = 10_000_000
    /// How long the text may become, in bytes. Jinja has no limit; 64 MB is ten times what browsers show without trouble.
    public var output = 64 << 20

    public init() {}

    /// How long a text may become that is made of texts, in bytes.
    static let longestText = 64 << 20
}
