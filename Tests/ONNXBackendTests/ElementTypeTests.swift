import ModelBackends
import Testing

@testable import ONNXBackend

@Suite("Element types")
struct ElementTypeTests {
  #if !(os(macOS) && arch(x86_64))
    @Test("Half precision is read as the processor reads it")
    func half() {
      for bits in UInt16.min...UInt16.max {
        let expected = Float(Float16(bitPattern: bits))
        let found = Float(halfBits: bits)
        #expect(found == expected && found.sign == expected.sign || found.isNaN && expected.isNaN)
      }
    }
  #endif

  @Test(
    "Each type is converted, from any address",
    arguments: [
      (ElementType.float32, [0x00, 0x00, 0xc0, 0xbf], -1.5), (.float64, [0, 0, 0, 0, 0, 0, 0xf8, 0xbf], -1.5),
      (.float16, [0x00, 0xbe], -1.5), (.bfloat16, [0xc0, 0xbf], -1.5), (.int8, [0xfe], -2), (.uint8, [0xfe], 254),
      (.int16, [0xfe, 0xff], -2), (.uint16, [0xfe, 0xff], 65534), (.int32, [0xfe, 0xff, 0xff, 0xff], -2),
      (.int64, [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], -2), (.bool, [1], 1),
    ] as [(ElementType, [UInt8], Float)])
  func conversion(type: ElementType, bytes: [UInt8], expected: Float) {
    var numbers: [Float] = [0, 0]
    ([0] + bytes + bytes).withUnsafeBytes { bytes in
      numbers.withUnsafeMutableBufferPointer {
        type.convert(UnsafeRawBufferPointer(rebasing: bytes[1...]), to: $0)
      }
    }
    #expect(numbers == [expected, expected])
  }
}
