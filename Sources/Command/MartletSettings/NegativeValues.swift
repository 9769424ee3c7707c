/// Values that begin with a hyphen. The parser takes `-1` for a flag, and says of `--limit-body -1` that the value is missing; what is wrong
/// with the value is for its setting to say.
package enum NegativeValues {
    /// `--limit-body -1` as `--limit-body=-1`. What does not look like a number stays as it is: it is a flag, or meant to be one.
    package static func joined(_ arguments: [String]) -> [String] {
        var result: [String] = []
        var isOver = false
        for argument in arguments {
            if !isOver, isNegative(argument), let last = result.last, last.hasPrefix("--"), last.count > 2,
                !last.contains("=")
            {
                result[result.count - 1] = "\(last)=\(argument)"
            } else {
                result.append(argument)
            }
            // What follows are arguments of somebody else.
            isOver = isOver || argument == "--"
        }
        return result
    }

    private static func isNegative(_ text: String) -> Bool {
        guard text.first == "-", let next = text.dropFirst().first else { return false }
        return next.isASCII && next.isNumber
    }
}
