@testable import MartletDNS

/// What holds for the answers of a name server:
///
/// 1. What is read is bounded: values, names, the time that it holds.
/// 2. Bytes behind the answer change nothing, and there is as much in its beginning as there is in it, or less.
enum DNSRules {
    static let asked = DNSName("web.example".utf8)

    static func check(_ bytes: [UInt8]) throws {
        for type in DNSType.allCases {
            guard let answer = try? DNSAnswer(bytes, asked: asked, type: type) else { continue }
            try BrokenRule.unless((1...512).contains(answer.values.count), "\(answer.values.count) values")
            try BrokenRule.unless((0...0x7FFF_FFFF).contains(answer.seconds), "\(answer.seconds) seconds")
            for case .service(let service) in answer.values {
                try BrokenRule.unless(service.target.bytes.count < 255, "a name of \(service.target.bytes.count) bytes")
            }
            let longer = try? DNSAnswer(bytes + [0, 255], asked: asked, type: type)
            try BrokenRule.unless(longer, is: answer, "bytes behind the answer change it")
        }
    }

    static var seeds: [[UInt8]] {
        let head: [UInt8] = [0, 1, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0]
        let question: [UInt8] = [3, 0x77, 0x65, 0x62, 7] + Array("example".utf8) + [0, 0, 1, 0, 1]
        let pointer: [UInt8] = [0xC0, 12]
        let times: [UInt8] = [0, 0, 0, 60]
        let alias = pointer + [0, 5, 0, 1] + times + [0, 3, 1, 0x62, 0]
        let address = [1, 0x62, 0, 0, 1, 0, 1] + times + [0, 4, 10, 0, 0, 1]
        let service = pointer + [0, 33, 0, 1] + times + [0, 8, 0, 1, 0, 2, 0x1F, 0x90] + pointer
        let long = pointer + [0, 28, 0, 1] + times + [0, 16] + [UInt8](repeating: 1, count: 16)
        return [head + question + alias + address, head + question + service + service, head + question + long + long]
    }
}
