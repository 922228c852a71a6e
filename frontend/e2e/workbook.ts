import { crc32, inflateRawSync } from 'node:zlib'

/** A file inside a workbook, which is a zip archive. */
interface Part {
  name: string
  data: Buffer
}

/** Changes the first sheet of a workbook, as whoever works on it in a spreadsheet program does. */
export function edited(workbook: Buffer, change: (sheet: string) => string): Buffer {
  const parts = read(workbook)
  const sheet = parts.find((p) => p.name === 'xl/worksheets/sheet1.xml')
  if (!sheet) throw new Error('the workbook has no sheet')
  sheet.data = Buffer.from(change(sheet.data.toString('utf8')))
  return write(parts)
}

function read(zip: Buffer): Part[] {
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  let at = zip.readUInt32LE(end + 16)
  return Array.from({ length: zip.readUInt16LE(end + 10) }, () => {
    const [nameSize, extra, comment] = [28, 30, 32].map((i) => zip.readUInt16LE(at + i)) as [
      number,
      number,
      number,
    ]
    const local = zip.readUInt32LE(at + 42)
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20))
    const data = zip.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed)
    const name = zip.toString('utf8', at + 46, at + 46 + nameSize)
    at += 46 + nameSize + extra + comment
    return { name, data }
  })
}

/** The parts one after the other, not packed, and the list of them at the end. */
function write(parts: Part[]): Buffer {
  const files: Buffer[] = []
  const list: Buffer[] = []
  let at = 0
  for (const { name, data } of parts) {
    const title = Buffer.from(name)
    const about = Buffer.alloc(26) // version, flags, method, time, crc, sizes, lengths
    about.writeUInt16LE(20, 0)
    about.writeUInt32LE(crc32(data), 10)
    about.writeUInt32LE(data.length, 14)
    about.writeUInt32LE(data.length, 18)
    about.writeUInt16LE(title.length, 22)
    const where = Buffer.alloc(14)
    where.writeUInt32LE(at, 10)
    files.push(Buffer.from('PK\x03\x04', 'latin1'), about, title, data)
    list.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), about, where, title)
    at += 30 + title.length + data.length
  }
  const size = list.reduce((sum, b) => sum + b.length, 0)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...files, ...list, end])
}
