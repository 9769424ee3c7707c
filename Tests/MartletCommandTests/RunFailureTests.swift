import MartletSettings
import Testing

@testable import MartletCommand

@Suite struct RunFailureTests {
    private struct Sample: Error, CustomStringConvertible {
        let description = "Port 8000 is taken by nginx (process 12)."
    }

    @Test func otherErrorsSayWhatTheyAre() {
        let failure = RunFailure(Sample(), application: "hello:app")
        #expect(failure.text == "martlet: Port 8000 is taken by nginx (process 12).\n")
        #expect(failure.status == .failure)
    }

    @Test func anImportErrorEndsWithAdvice() {
        let failure = RunFailure(importAdvice: "hello.py has no 'ap'. Did you mean 'app'?", application: "hello:ap")
        #expect(failure.text == "martlet: cannot serve hello:ap. hello.py has no 'ap'. Did you mean 'app'?\n")
        #expect(failure.status == .importFailed)
    }
}
