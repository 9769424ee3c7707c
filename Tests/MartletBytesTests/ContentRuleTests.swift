import MartletBytes
import Testing

@Suite struct ContentRuleTests {
    @Test(arguments: 0...999)
    func everyStatus(status: Int) {
        let rule = ContentRule(status: status)
        // RFC 9110 section 6.4.1; 205 by section 15.3.6.
        #expect(rule.endsWithHead == (status < 200 || status == 204 || status == 304))
        #expect(rule.allowsContent == !(rule.endsWithHead || status == 205))
        // RFC 9110 section 8.6: no Content-Length in 1xx and 204.
        #expect((rule == .never) == (status < 200 || status == 204))
    }
}
