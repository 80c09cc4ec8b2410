import { describe, expect, test } from '@jest/globals';
import { findPersonal } from '../../../src/embedded/detection/personal/personal.ts';
import { DEFAULT_REGIONS } from '../../../src/embedded/detection/personal/phone.ts';
import type { Span } from '../../../src/embedded/detection/span.ts';

/** The findings, as `TYPE text`. */
function found(text: string, key?: string): string[] {
  const spans: Span[] = [];
  findPersonal(text, { key, regions: DEFAULT_REGIONS }, spans);
  return spans.map(({ type, start, end }) => `${type} ${text.slice(start, end)}`);
}

describe('e-mail addresses', () => {
  test.each([
    'joe@example.com',
    'first.last+tag@mail.example.co.uk',
    'a@xn--d1acufc.xn--p1ai',
    'üser@bücher.example',
    "o'neil_7@x.io",
  ])('%s', (address) => {
    for (const text of [address, `<${address}>`, `mail ${address}.`, `?to=${address}&x=1`, `"${address}"`]) {
      expect(found(text)).toEqual([`EMAIL ${address}`]);
    }
  });

  test('a local part of more than 64 characters is found, cut to 64', () => {
    expect(found(`${'a'.repeat(500)}@example.com`)).toEqual([`EMAIL ${'a'.repeat(64)}@example.com`]);
  });

  test.each(['joe@localhost', 'joe@1.2.3', '@example.com', 'joe@@', 'joe@-x.com'])('%s is not one', (text) => {
    expect(found(text)).toEqual([]);
  });
});

describe('IP and MAC addresses', () => {
  test.each(['93.184.216.34', '8.8.178.40', '2001:4860:4860::8888', '2606:2800:21f:cb07::1', '::ffff:93.184.216.34'])(
    '%s',
    (address) => {
      for (const text of [address, `from ${address}.`, `(${address})`, `[${address}]:80`])
        expect(found(text)).toEqual([`IP ${address}`]);
    },
  );

  test.each(['10.2.3.4', '192.168.0.1', '172.31.0.9', '100.64.1.1', '169.254.1.1', '198.51.100.7', '2001:db8::1'])(
    '%s is private or for documentation',
    (address) => {
      expect(found(`from ${address}.`)).toEqual([]);
    },
  );

  test.each(['fe80::1', 'fd12:3456::1', '::ffff:172.16.0.1', 'ff02::1:2', '255.255.255.0'])(
    '%s belongs to no public machine',
    (address) => {
      expect(found(`from ${address}.`)).toEqual([]);
    },
  );

  test.each(['300.168.1.1', '192.168.0', '1.2.3.4.5', '2001::db8::1', 'IP93.184.216.34text'])(
    '%s is not one',
    (text) => {
      expect(found(text)).toEqual([]);
    },
  );

  test('a field named for versions has no addresses', () => {
    expect(found('93.2.3.4', 'app_version')).toEqual([]);
    expect(found('93.2.3.4', 'client_ip')).toEqual(['IP 93.2.3.4']);
  });

  test.each(['01:23:45:67:89:AB', '01-23-45-67-89-ab', '0012.3456.789a'])(
    'MAC addresses need a label or a field named so: %s',
    (address) => {
      expect(found(`MAC address: ${address}`)).toEqual([`MAC ${address}`]);
      expect(found(address, 'mac_address')).toEqual([`MAC ${address}`]);
      expect(found(`eth0 ${address} is up`)).toEqual([]);
    },
  );

  test.each(['aa:bb:cc:dd:ee:ff:00:11', '10:2F:33-AC-29-C3'])('%s is no MAC address', (text) => {
    expect(found(text, 'mac_address')).toEqual([]);
  });
});

describe('names', () => {
  test.each(['first_name', 'lastName', 'full-name', 'surname', 'patient_name', 'account_holder_name'])(
    'in %s are personal',
    (key) => {
      expect(found('Mary O’Neil', key)).toEqual(['NAME Mary O’Neil']);
    },
  );

  test.each(['name', 'file_name', 'channelName', 'repo_full_name_url', 'first_name_id'])(
    'in %s are not known to be',
    (key) => {
      expect(found('Mary', key)).toEqual([]);
    },
  );

  test('a value with characters that no name has is not a name', () => {
    expect(found('octo-org/octo-repo', 'full_name')).toEqual([]);
    expect(found('', 'first_name')).toEqual([]);
  });
});

describe('birth dates', () => {
  test.each([
    'born on 2/8/1935',
    'Date of birth: 1990-01-31',
    'DOB 31.01.1990',
    'birthday is March 3, 1990',
    'geboren am 3.4.1990',
  ])('%s', (text) => {
    expect(found(text)).toHaveLength(1);
    expect(found(text)[0]).toMatch(/^DATE_OF_BIRTH /);
  });

  test('by the name of their field, and no other dates', () => {
    expect(found('1990-01-31', 'date_of_birth')).toEqual(['DATE_OF_BIRTH 1990-01-31']);
    expect(found('1990-01-31', 'created_at')).toEqual([]);
    expect(found('due on 1990-01-31')).toEqual([]);
  });
});

describe('addresses', () => {
  test.each([
    '1600 Pennsylvania Avenue NW',
    '123 Main St, Apt 4, Springfield, IL 62704',
    '221 B Baker Street',
    '12 bis rue de la Paix',
    'Hauptstraße 12a',
    'Via Roma 12',
    'PO Box 1234',
    'P.O. Box 77',
  ])('%s', (address) => {
    expect(found(`send to ${address}.`)[0]).toMatch(/^ADDRESS /);
  });

  test('by the name of their field', () => {
    expect(found('Rosenhof, 3. Stock', 'street_address')).toEqual(['ADDRESS Rosenhof, 3. Stock']);
    expect(found('0x52908400098527886E0F7030069857D2E4169EE7', 'address')).toEqual([]);
  });

  test.each(['5 minutes away', 'Room 12 Court', '$5 Main Street deals', '3 ways to drive', 'Platz 1'])(
    '%s is not one',
    (text) => {
      expect(found(text)).toEqual([]);
    },
  );
});

describe('numbers of people and their papers', () => {
  test.each([
    ['pesel 44051401458', 'NATIONAL_ID 44051401458'],
    ['Aadhaar: 3123 4567 8909', 'NATIONAL_ID 3123 4567 8909'],
    ['TFN 876543210', 'NATIONAL_ID 876543210'],
    ['SIN 130 692 544', 'NATIONAL_ID 130 692 544'],
    ['personnummer 189004119807', 'NATIONAL_ID 189004119807'],
    ['TCKN 10000000146', 'NATIONAL_ID 10000000146'],
    ['passport number is T3569075', 'PASSPORT T3569075'],
    ["driver's license number is F162823540116", 'DRIVER_LICENSE F162823540116'],
    ['account number: 1234 567 890', 'BANK_ACCOUNT 1234 567 890'],
    ['sort code 12-34-56', 'BANK_ACCOUNT 12-34-56'],
  ])('are found after their label: %s', (text, expected) => {
    expect(found(text)).toEqual([expected]);
    const value = expected.slice(expected.indexOf(' ') + 1);
    expect(found(`the value ${value}`)).toEqual([]);
  });

  test('are found in a field named for them', () => {
    expect(found('T3569075', 'passportNumber')).toEqual(['PASSPORT T3569075']);
    expect(found('123456789', 'bank_account_number')).toEqual(['BANK_ACCOUNT 123456789']);
    expect(found('44051401458', 'pesel')).toEqual(['NATIONAL_ID 44051401458']);
  });

  test.each(['pesel 44051401459', 'Aadhaar 3123 4567 8908', 'SIN 130 692 545', 'TCKN 10000000147', 'TFN 876543211'])(
    '%s has a wrong check digit',
    (text) => {
      expect(found(text)).toEqual([]);
    },
  );

  test.each([
    'AA 12 34 56 B',
    'tw987654a',
    '010594Y9032',
    'Z8078221M',
    '529.982.247-25',
    'MORGA607054SM9IJ',
    '960121-1021413',
  ])('%s is identified by its format', (id) => {
    expect(found(`see ${id} there`)[0]).toMatch(/^(NATIONAL_ID|DRIVER_LICENSE) /);
  });

  test.each(['BG123612A', 'FQ 00 00 00 C', 'Y8063915Q', '529.982.247-26', 'MORGA613054SM9IJ', '010594Y9031'])(
    '%s is not identified',
    (text) => {
      expect(found(text)).toEqual([]);
    },
  );
});

test.each(['EMAIL', 'SSN', 'CARD', 'PHONE', 'NAME'])('a placeholder for %s is never found again', (type) => {
  const placeholder = `[REDACTED:${type}]`;
  for (const key of [
    undefined,
    'first_name',
    'ssn',
    'phone',
    'card_number',
    'home_address',
    'date_of_birth',
    'passport',
  ]) {
    expect(found(placeholder, key)).toEqual([]);
    expect(
      found(
        `my SSN is ${placeholder}, call me on ${placeholder}`,
        key === 'home_address' || key === 'first_name' ? undefined : key,
      ),
    ).toEqual([]);
  }
});
