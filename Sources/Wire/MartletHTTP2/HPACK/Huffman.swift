/// The Huffman code of HPACK (RFC 7541 section 5.2 and appendix B). It is canonical, so the lengths of its codes say everything.
enum Huffman {
    /// Code lengths in bits of the bytes 0 to 255, and of the end-of-string symbol.
    private static let lengths: [UInt8] = [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
        28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7,
        7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21,
        23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24,
        21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
    ]

    private static let endOfString = 256
    /// Codes up to this length are found with one look.
    private static let rootBits = 10
    private static let longest = 30

    private struct Tables: Sendable {
        /// By the next `rootBits` bits: symbol | length << 8; 0 where the code is longer.
        var root = [UInt16](repeating: 0, count: 1 << rootBits)
        /// For each length, the first code that is longer, in 32 bits from the left; 0 where no code has this length.
        var limit = [UInt64](repeating: 0, count: longest + 1)
        /// For each length, its first code, and the place of that code in `symbols`.
        var first = [UInt64](repeating: 0, count: longest + 1)
        var place = [Int](repeating: 0, count: longest + 1)
        var symbols: [UInt16] = []
        /// The code of each symbol.
        var codes = [UInt32](repeating: 0, count: endOfString + 1)

        init() {
            let order = (0...endOfString).sorted { (lengths[$0], $0) < (lengths[$1], $1) }
            var code: UInt64 = 0
            var last = 0
            for (index, symbol) in order.enumerated() {
                let length = Int(lengths[symbol])
                if length != last {
                    code <<= UInt64(length - last)
                    first[length] = code
                    place[length] = index
                    last = length
                }
                symbols.append(UInt16(symbol))
                codes[symbol] = UInt32(code)
                if length <= rootBits {
                    let start = Int(code) << (rootBits - length)
                    for index in start..<(start + 1 << (rootBits - length)) {
                        root[index] = UInt16(symbol) | UInt16(length) << 8
                    }
                }
                code += 1
                limit[length] = code << UInt64(32 - length)
            }
        }
    }

    private static let tables = Tables()

    /// How many bytes `count` encoded ones can become: the shortest code has 5 bits.
    @inline(__always)
    static func bound(_ count: Int) -> Int { count &* 8 / 5 &+ 1 }

    /// Decodes a string.
    ///
    /// - Parameter target: has room for ``bound(_:)`` bytes.
    /// - Returns: how many bytes were written; nil where the input is wrong: the end-of-string symbol, or a padding that is
    ///   longer than 7 bits or has a zero in it.
    static func decode(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int? {
        guard target.count >= bound(source.count) else { return nil }
        return tables.root.withUnsafeBufferPointer { root in
            // The next bits, from the left.
            var bits: UInt64 = 0
            var have = 0
            var input = 0
            var output = 0
            while true {
                while have <= 56, input < source.count {
                    bits |= UInt64(source[input]) &<< UInt64(56 &- have)
                    have &+= 8
                    input &+= 1
                }
                if have < 5 { break }
                let entry = root[Int(truncatingIfNeeded: bits &>> UInt64(64 &- rootBits))]
                var length = Int(entry &>> 8)
                var symbol = UInt16(truncatingIfNeeded: entry & 0xFF)
                if entry == 0 {
                    (symbol, length) = longCode(bits)
                    if length <= have, symbol >= endOfString { return nil }
                }
                // What is left is padding.
                if length > have { break }
                target[output] = UInt8(truncatingIfNeeded: symbol)
                output &+= 1
                bits &<<= UInt64(length)
                have &-= length
            }
            guard have < 8 else { return nil }
            return have == 0 || bits &>> UInt64(64 &- have) == (1 &<< UInt64(have)) &- 1 ? output : nil
        }
    }

    /// The symbol and the length of a code that is longer than `rootBits`.
    @inline(never)
    private static func longCode(_ bits: UInt64) -> (UInt16, Int) {
        let head = bits &>> 32
        var length = rootBits &+ 1
        while length < longest, head >= tables.limit[length] { length &+= 1 }
        let rank = Int(truncatingIfNeeded: (head &>> UInt64(32 &- length)) &- tables.first[length])
        let place = tables.place[length] &+ rank
        guard tables.symbols.indices.contains(place) else { return (UInt16(endOfString), length) }
        return (tables.symbols[place], length)
    }

    /// How many bytes a string has when it is encoded.
    static func encodedCount(_ text: some Collection<UInt8>) -> Int {
        (text.reduce(0) { $0 &+ Int(lengths[Int($1)]) } &+ 7) / 8
    }

    static func encode(_ text: some Collection<UInt8>, to output: inout [UInt8]) {
        var bits: UInt64 = 0
        var have = 0
        for byte in text {
            let length = Int(lengths[Int(byte)])
            bits = bits &<< UInt64(length) | UInt64(tables.codes[Int(byte)])
            have &+= length
            while have >= 8 {
                have &-= 8
                output.append(UInt8(truncatingIfNeeded: bits &>> UInt64(have)))
            }
        }
        guard have > 0 else { return }
        let padding = 8 &- have
        output.append(UInt8(truncatingIfNeeded: bits &<< UInt64(padding) | ((1 &<< UInt64(padding)) &- 1)))
    }
}
