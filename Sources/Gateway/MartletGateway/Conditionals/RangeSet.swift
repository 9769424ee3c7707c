internal import MartletBytes

/// What the Range field asks for, of a representation whose size is known (RFC 9110 section 14.1.2). A pure function of
/// bytes, which never traps.
///
/// The rules:
///
/// 1. What is malformed, in another unit, or has too many ranges is as if there were no field: the answer is whole.
/// 2. Ranges that overlap or touch become one, where the first of them stood. So an answer is never longer than the
///    file, whatever is asked for.
/// 3. Ranges that together are as long as the file are not worth their parts: the answer is whole.
/// 4. Of an empty file there are no ranges, and the answer is whole: some clients send `bytes=0-` with every request.
package enum RangeSet: Sendable, Equatable {
    case whole
    /// In the order in which they were asked for, none empty, none overlapping.
    case ranges([Range<Int>])
    /// Well formed, but all of it is behind the end.
    case unsatisfiable

    /// Apache has MaxRanges 200, and a player asks for one. Each one more costs a comparison with all before it.
    package static let most = 64

    package init(_ value: UnsafeRawBufferPointer, size: Int) {
        self = .whole
        guard size > 0, value.count > 6, ASCIICase.equals(value.prefix(5), "bytes"), value[5] == UInt8(ascii: "=")
        else {
            return
        }
        var found: [Range<Int>] = []
        var isMalformed = false
        var count = 0
        FieldList.forEachElement(value, 6..<value.count) { element in
            count += 1
            guard !isMalformed, count <= Self.most else { return }
            switch Self.range(UnsafeRawBufferPointer(rebasing: value[element]), size) {
            case .malformed: isMalformed = true
            case .behindTheEnd: break
            case .range(let range): Self.add(range, to: &found)
            }
        }
        guard !isMalformed, count > 0, count <= Self.most else { return }
        if found.isEmpty {
            self = .unsatisfiable
        } else if found.count == 1 || found.reduce(0, { $0 &+ $1.count }) < size {
            self = .ranges(found)
        }
    }

    private enum Element {
        case malformed
        case behindTheEnd
        case range(Range<Int>)
    }

    private static func range(_ text: UnsafeRawBufferPointer, _ size: Int) -> Element {
        guard let hyphen = text.firstIndex(of: UInt8(ascii: "-")) else { return .malformed }
        let (before, after) = (text[..<hyphen], text[(hyphen + 1)...])
        if before.isEmpty {
            guard let length = number(after) else { return .malformed }
            return length > 0 ? .range((size - min(length, size))..<size) : .behindTheEnd
        }
        guard let first = number(before) else { return .malformed }
        var last = Int.max
        if !after.isEmpty {
            guard let number = number(after), number >= first else { return .malformed }
            last = number
        }
        guard first < size else { return .behindTheEnd }
        return .range(first..<(min(last, size - 1) + 1))
    }

    /// Digits; a number that is too large counts as the largest.
    private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) else { return nil }
        return DecimalText.value(of: digits) ?? .max
    }

    private static func add(_ range: Range<Int>, to found: inout [Range<Int>]) {
        var (joined, place) = (range, found.count)
        var index = 0
        while index < found.count {
            let other = found[index]
            guard other.lowerBound <= joined.upperBound, joined.lowerBound <= other.upperBound else {
                index += 1
                continue
            }
            joined = min(other.lowerBound, joined.lowerBound)..<max(other.upperBound, joined.upperBound)
            place = min(place, index)
            found.remove(at: index)
            // It may touch one that was passed.
            index = 0
        }
        found.insert(joined, at: min(place, found.count))
    }
}
