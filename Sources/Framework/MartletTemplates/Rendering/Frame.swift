/// The variables of a template, a block, a macro or a recursive loop while it runs.
///
/// One thread uses it: the one of its rendering.
final class Frame: @unchecked Sendable {
    let context: Context
    /// Of the function that this one was defined in: its variables can be read.
    let outer: Frame?
    private let slots: UnsafeMutablePointer<TemplateValue>
    private let count: Int
    /// What the template extends. Only in the frame of a template.
    var extended: CompiledTemplate?

    init(_ count: Int, context: Context, within outer: Frame? = nil) {
        self.context = context
        self.outer = outer
        self.count = count
        slots = .allocate(capacity: max(1, count))
        slots.initialize(repeating: .undefined, count: count)
    }

    deinit {
        slots.deinitialize(count: count)
        slots.deallocate()
    }

    var rendering: Rendering { context.rendering }
    private var isKept = false

    /// Values that hold this frame may be in it: it is cleared when the rendering is over.
    func keep() {
        guard !isKept else { return }
        isKept = true
        rendering.keep(self)
    }

    func clear() {
        for index in 0..<count { slots[index] = .undefined }
        context.clear()
    }

    /// The compiler gives out the indices, below the count that it gives too.
    @inline(__always)
    subscript(index: Int) -> TemplateValue {
        get {
            assert(index >= 0 && index < count)
            return slots[index]
        }
        set {
            assert(index >= 0 && index < count)
            slots[index] = newValue
        }
    }

    func outer(_ hops: Int) -> Frame {
        var frame = self
        for _ in 0..<hops { frame = frame.outer ?? frame }
        return frame
    }

    /// The frame of the template itself.
    var top: Frame { outer?.top ?? self }
}
