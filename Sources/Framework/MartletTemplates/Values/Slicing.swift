/// `value[start:stop:step]`.
struct Slicing {
    let start: Int?
    let stop: Int?
    let step: Int

    /// - Throws: ``TemplateProblem`` for a bound that is no integer, and for step 0.
    init(start: TemplateValue?, stop: TemplateValue?, step: TemplateValue?) throws {
        self.start = try Self.bound(start)
        self.stop = try Self.bound(stop)
        self.step = try Self.bound(step) ?? 1
        if self.step == 0 { throw TemplateProblem("slice step cannot be zero") }
    }

    private static func bound(_ value: TemplateValue?) throws -> Int? {
        switch value {
        case nil, .none?: return nil
        case let value?:
            if case .undefined(let reason) = value { throw reason.problem(in: nil) }
            guard let integer = value.integer else { throw TemplateProblem("slice indices must be integers or None") }
            return integer
        }
    }

    func apply(to value: TemplateValue) throws -> TemplateValue {
        switch value {
        case .array(let elements): return .array(cut(elements))
        case .list(let list): return .list(TemplateList(cut(list.elements)))
        case .tuple(let elements): return .tuple(cut(elements))
        case .string(let text): return .string(cut(text))
        case .safe(let text): return .safe(cut(text))
        case .undefined(let reason): throw reason.problem(in: nil)
        case .object(let object):
            if let range = object as? RangeObject { return .array(cut(try range.elements() ?? [])) }
        default: break
        }
        throw TemplateProblem("'\(value.typeName)' cannot be sliced")
    }

    private func cut(_ text: String) -> String {
        String(String.UnicodeScalarView(cut(Array(text.unicodeScalars))))
    }

    private func cut<Element>(_ elements: [Element]) -> [Element] {
        let count = elements.count
        if step == 1 {
            let (from, to) = (clamped(start ?? 0, 0, count), clamped(stop ?? count, 0, count))
            return from < to ? Array(elements[from..<to]) : []
        }
        var result: [Element] = []
        if step > 0 {
            let to = clamped(stop ?? count, 0, count)
            var at = clamped(start ?? 0, 0, count)
            while at < to {
                result.append(elements[at])
                let (next, overflow) = at.addingReportingOverflow(step)
                if overflow { break }
                at = next
            }
        } else {
            let to = stop.map { clamped($0, -1, count - 1) } ?? -1
            var at = start.map { clamped($0, -1, count - 1) } ?? count - 1
            while at > to {
                result.append(elements[at])
                let (next, overflow) = at.addingReportingOverflow(step)
                if overflow { break }
                at = next
            }
        }
        return result
    }

    private func clamped(_ index: Int, _ low: Int, _ high: Int) -> Int {
        let count = low < 0 ? high + 1 : high
        return min(max(index < 0 ? count &+ index : index, low), high)
    }
}
