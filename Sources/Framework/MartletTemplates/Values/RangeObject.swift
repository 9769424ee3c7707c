/// What `range()` gives.
final class RangeObject: TemplateObject {
    let start: Int
    let stop: Int
    let step: Int
    let count: Int

    /// - Parameter limit: how many numbers it may have.
    init(_ arguments: TemplateArguments, limit: Int) throws {
        guard arguments.keywords.isEmpty, (1...3).contains(arguments.positional.count) else {
            throw TemplateProblem("range() takes one to three integers: range([start, ]stop[, step])")
        }
        let numbers = try arguments.positional.map { value in
            if case .undefined(let reason) = value { throw reason.problem(in: nil) }
            guard let integer = value.integer else {
                throw TemplateProblem("'\(value.typeName)' object cannot be interpreted as an integer")
            }
            return integer
        }
        start = numbers.count > 1 ? numbers[0] : 0
        stop = numbers.count > 1 ? numbers[1] : numbers[0]
        step = numbers.count > 2 ? numbers[2] : 1
        if step == 0 { throw TemplateProblem("range() arg 3 must not be zero") }
        // The distance may be larger than any integer with a sign.
        let distance = step > 0 ? UInt(bitPattern: stop &- start) : UInt(bitPattern: start &- stop)
        let isBackwards = step > 0 ? stop <= start : start <= stop
        let numberCount = isBackwards ? 0 : (distance - 1) / step.magnitude + 1
        guard numberCount <= UInt(max(0, limit)), let count = Int(exactly: numberCount) else {
            throw TemplateProblem("range() of \(numberCount) numbers; a template may have \(limit)", kind: .limit)
        }
        self.count = count
    }

    var typeName: String { "range" }
    var isTrue: Bool { count > 0 }
    var text: String { step == 1 ? "range(\(start), \(stop))" : "range(\(start), \(stop), \(step))" }

    func elements() throws -> [TemplateValue]? { (0..<count).map { .int(number($0)) } }

    func element(_ key: TemplateValue) throws -> TemplateValue? {
        guard let index = key.integer, let offset = Access.position(index, in: count) else { return nil }
        return .int(number(offset))
    }

    /// What is between may be larger than an integer; the number itself is not.
    private func number(_ offset: Int) -> Int { start &+ offset &* step }

    func contains(_ number: Int) -> Bool {
        guard count > 0 else { return false }
        let last = self.number(count - 1)
        guard number >= min(start, last), number <= max(start, last) else { return false }
        let distance = step > 0 ? UInt(bitPattern: number &- start) : UInt(bitPattern: start &- number)
        return distance % step.magnitude == 0
    }
}
